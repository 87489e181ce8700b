# The library's targets. All are INTERFACE libraries: coax has headers only.
#
#   coax::http        HTTP/1.1; needs nothing but the standard library
#   coax::websocket   WebSocket, on top of coax::http
#   coax::openssl     SHA-1 and Base64 for the WebSocket handshake, by libcrypto
#   coax::zlib        the engine of permessage-deflate
#   coax::coax        http + websocket + openssl
#
# The names in coax:: exist only for what can be used on this machine: without OpenSSL there is no
# coax::openssl and no coax::coax, without zlib no coax::zlib, and linking to them fails when CMake runs.
# The targets behind the names always exist, so that what gets installed is the same on every machine.

function(coax_add_interface name)
  add_library(coax_${name} INTERFACE)
  set_target_properties(coax_${name} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(coax_${name} INTERFACE cxx_std_20)
  target_include_directories(coax_${name} INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
endfunction()

coax_add_interface(http)
coax_add_interface(websocket)
coax_add_interface(openssl)
coax_add_interface(zlib)
coax_add_interface(coax)

target_link_libraries(coax_websocket INTERFACE coax_http)
target_link_libraries(coax_openssl INTERFACE coax_websocket OpenSSL::Crypto)
target_link_libraries(coax_zlib INTERFACE coax_websocket ZLIB::ZLIB)
target_link_libraries(coax_coax INTERFACE coax_http coax_websocket coax_openssl)

add_library(coax::http ALIAS coax_http)
add_library(coax::websocket ALIAS coax_websocket)

find_package(OpenSSL QUIET COMPONENTS Crypto)
if(TARGET OpenSSL::Crypto)
  add_library(coax::openssl ALIAS coax_openssl)
  add_library(coax::coax ALIAS coax_coax)
else()
  message(STATUS "coax: OpenSSL was not found, so there is no coax::openssl and no coax::coax")
endif()

find_package(ZLIB QUIET)
if(TARGET ZLIB::ZLIB)
  add_library(coax::zlib ALIAS coax_zlib)
else()
  message(STATUS "coax: zlib was not found, so there is no coax::zlib")
endif()

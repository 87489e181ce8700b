# Installation: headers, the CMake package, pkg-config files. Nothing in them is an absolute path, so that
# the installed tree can be moved, and nothing depends on the architecture, so all of it lives in share/.
include(CMakePackageConfigHelpers)

set(COAX_INSTALL_CMAKEDIR "${CMAKE_INSTALL_DATADIR}/cmake/coax" CACHE STRING "Where the CMake package of coax goes")
set(COAX_INSTALL_PKGCONFIGDIR "${CMAKE_INSTALL_DATADIR}/pkgconfig" CACHE STRING "Where the pkg-config files of coax go")
mark_as_advanced(COAX_INSTALL_CMAKEDIR COAX_INSTALL_PKGCONFIGDIR)

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/coax"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.hpp")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/coax")

# One export set per dependency, so that the package loads what can be used where it is used.
install(TARGETS coax_http coax_websocket EXPORT coax-base)
install(TARGETS coax_openssl coax_coax EXPORT coax-openssl)
install(TARGETS coax_zlib EXPORT coax-zlib)
foreach(set IN ITEMS base openssl zlib)
  install(EXPORT coax-${set} NAMESPACE coax:: FILE coax-${set}.cmake DESTINATION "${COAX_INSTALL_CMAKEDIR}")
endforeach()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/coax-config.cmake.in" "${PROJECT_BINARY_DIR}/package/coax-config.cmake"
  INSTALL_DESTINATION "${COAX_INSTALL_CMAKEDIR}"
  NO_SET_AND_CHECK_MACRO)
# While the major version is 0, a new minor version may break what used the last one.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/coax-config-version.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  "${PROJECT_BINARY_DIR}/package/coax-config.cmake"
  "${PROJECT_BINARY_DIR}/package/coax-config-version.cmake"
  DESTINATION "${COAX_INSTALL_CMAKEDIR}")

# pkg-config finds the prefix from where the .pc file lies.
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(COAX_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
else()
  set(COAX_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
if(IS_ABSOLUTE "${COAX_INSTALL_PKGCONFIGDIR}")
  set(COAX_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH up "/prefix/${COAX_INSTALL_PKGCONFIGDIR}" "/prefix")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(COAX_PC_PREFIX "\${pcfiledir}/${up}")
endif()

function(coax_install_pc name description requires)
  set(COAX_PC_NAME "${name}")
  set(COAX_PC_DESCRIPTION "${description}")
  set(COAX_PC_REQUIRES "${requires}")
  configure_file("${PROJECT_SOURCE_DIR}/cmake/coax.pc.in" "${PROJECT_BINARY_DIR}/package/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/${name}.pc" DESTINATION "${COAX_INSTALL_PKGCONFIGDIR}")
endfunction()

coax_install_pc(coax "${PROJECT_DESCRIPTION}" "")
coax_install_pc(coax-openssl "coax with libcrypto for the WebSocket handshake" "coax = ${PROJECT_VERSION} libcrypto")
coax_install_pc(coax-zlib "coax with zlib for permessage-deflate" "coax = ${PROJECT_VERSION} zlib")

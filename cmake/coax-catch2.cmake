# Finds Catch2 for the tests and defines coax_catch2, an INTERFACE target that links it:
#   1. version 3, installed;
#   2. version 3 by FetchContent, from FETCHCONTENT_SOURCE_DIR_CATCH2 if that is set, else over the network
#      if COAX_FETCH_CATCH2 is on;
#   3. the single header of version 2.13.
add_library(coax_catch2 INTERFACE)

find_package(Catch2 3 QUIET)
if(NOT Catch2_FOUND AND (COAX_FETCH_CATCH2 OR FETCHCONTENT_SOURCE_DIR_CATCH2))
  include(FetchContent)
  FetchContent_Declare(Catch2 GIT_REPOSITORY https://github.com/catchorg/Catch2.git GIT_TAG v3.7.1 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(Catch2)
endif()

if(TARGET Catch2::Catch2WithMain)
  target_link_libraries(coax_catch2 INTERFACE Catch2::Catch2WithMain)
  target_compile_definitions(coax_catch2 INTERFACE COAX_TESTS_CATCH2=3)
  message(STATUS "coax: tests use Catch2 3")
  return()
endif()

find_path(COAX_CATCH2_INCLUDE_DIR catch2/catch.hpp)
mark_as_advanced(COAX_CATCH2_INCLUDE_DIR)
if(NOT COAX_CATCH2_INCLUDE_DIR)
  message(FATAL_ERROR
    "The tests of coax need Catch2, version 3 or 2.13. Install it (Debian, Ubuntu: apt-get install catch2), "
    "or configure with -DCOAX_FETCH_CATCH2=ON, or with -DCOAX_BUILD_TESTS=OFF to do without tests.")
endif()
target_include_directories(coax_catch2 SYSTEM INTERFACE "${COAX_CATCH2_INCLUDE_DIR}")
target_compile_definitions(coax_catch2 INTERFACE COAX_TESTS_CATCH2=2)
message(STATUS "coax: tests use Catch2 2 (${COAX_CATCH2_INCLUDE_DIR}/catch2/catch.hpp)")

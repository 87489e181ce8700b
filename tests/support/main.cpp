// The main function of the test program: Catch2 2 defines it here, Catch2 3 brings it in a library.
#if COAX_TESTS_CATCH2 == 2
#define CATCH_CONFIG_MAIN
#endif
#include "catch.hpp"

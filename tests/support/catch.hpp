// The one place that knows which Catch2 the tests are built with: version 3 where there is one, else the
// single header of version 2.13. Tests include this header and nothing of Catch2 themselves, and use only
// what both versions share: TEST_CASE, SECTION, TEMPLATE_TEST_CASE, CHECK, REQUIRE, INFO, CAPTURE, GENERATE.
#pragma once

#if COAX_TESTS_CATCH2 == 3
#include <catch2/catch_message.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/catch_tostring.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

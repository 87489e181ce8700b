// Version and compiler facts. Every macro of the library starts with COAX_.
#pragma once

#define COAX_VERSION_MAJOR 0
#define COAX_VERSION_MINOR 1
#define COAX_VERSION_PATCH 0
#define COAX_VERSION_STRING "0.1.0"

#if !defined(__cplusplus) || (__cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L))
#error "coax needs C++20: compile with -std=c++20 or newer"
#endif

// Hot loops that the compiler would otherwise leave out of line, and cold ones that it would inline.
#if defined(__GNUC__) || defined(__clang__)
#define COAX_ALWAYS_INLINE [[gnu::always_inline]] inline
#define COAX_COLD [[gnu::cold, gnu::noinline]]
#else
#define COAX_ALWAYS_INLINE inline
#define COAX_COLD
#endif

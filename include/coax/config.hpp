// Version and compiler facts. Every macro of the library starts with COAX_.
#pragma once

#define COAX_VERSION_MAJOR 0
#define COAX_VERSION_MINOR 1
#define COAX_VERSION_PATCH 0
#define COAX_VERSION_STRING "0.1.0"

#if !defined(__cplusplus) || (__cplusplus < 202002L && (!defined(_MSVC_LANG) || _MSVC_LANG < 202002L))
#error "coax needs C++20: compile with -std=c++20 or newer"
#endif

// How many bytes are looked at: one test counts them to show that work is linear. Elsewhere it is nothing.
#ifndef COAX_COUNT_WORK
#define COAX_COUNT_WORK(bytes) ((void)0)
#endif

# Compiler options for coax's own tests, examples, benchmarks and fuzzers. None of this reaches users.

# coax_development_target(TARGET): warnings, sanitizers and strict C++20 for one of coax's own targets.
function(coax_development_target target)
  set_target_properties(${target} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
  if(MSVC)
    target_compile_options(${target} PRIVATE /W4 /permissive- $<$<BOOL:${COAX_WARNINGS_AS_ERRORS}>:/WX>)
    return()
  endif()
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    $<$<BOOL:${COAX_WARNINGS_AS_ERRORS}>:-Werror>
    $<$<BOOL:${COAX_NO_EXCEPTIONS}>:-fno-exceptions>
    $<$<BOOL:${COAX_NO_EXCEPTIONS}>:-fno-rtti>)
  if(COAX_SANITIZE)
    set(flags "-fsanitize=${COAX_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(${target} PRIVATE ${flags})
    target_link_options(${target} PRIVATE ${flags})
  endif()
endfunction()

# gatescope_options: what every target of ours is compiled with. Linked PRIVATE, so that it never
# leaks into a program that uses the engine library. gatescope_warnings: the same without the sanitizers,
# for tests, which take them their own way.
add_library(gatescope_options INTERFACE)
add_library(gatescope_warnings INTERFACE)
target_link_libraries(gatescope_options INTERFACE gatescope_warnings)
target_compile_features(gatescope_warnings INTERFACE cxx_std_20)
# Every data struct gives its members defaults, so a designated initialiser may leave them out.
target_compile_options(gatescope_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wno-missing-field-initializers)
target_include_directories(gatescope_warnings INTERFACE ${PROJECT_SOURCE_DIR})
if(GATESCOPE_WERROR)
    target_compile_options(gatescope_warnings INTERFACE -Werror)
endif()
if(GATESCOPE_SANITIZE)
    target_compile_options(gatescope_options INTERFACE
        -fsanitize=${GATESCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    # With the checks in between, gcc 12 no longer sees that libstdc++'s own std::function is initialised.
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
        target_compile_options(gatescope_warnings INTERFACE -Wno-maybe-uninitialized)
    endif()
    target_link_options(gatescope_options INTERFACE -fsanitize=${GATESCOPE_SANITIZE})
endif()

# Arithmetic code gets -Wconversion as well: a silent narrowing there is a wrong weight.
add_library(gatescope_strict_options INTERFACE)
target_link_libraries(gatescope_strict_options INTERFACE gatescope_options)
target_compile_options(gatescope_strict_options INTERFACE -Wconversion)

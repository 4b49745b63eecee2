# Headers that most files of a target read, parsed once. What they bring is in view of every file there, so a
# missing #include goes unnoticed: the presets tidy and fuzz build without them, and the engine does without in a
# build for use, where gcc 12 also sees faults in libstdc++ that are none.

# gatescope_precompile(target header ...)
function(gatescope_precompile target)
    target_precompile_headers(${target} PRIVATE ${ARGN})
    gatescope_precompiled_for_ccache(${target})
endfunction()

# gatescope_compile_together(target header ...) Eight files as one, where everything is built at once
# (GATESCOPE_UNITY) or once more (a sanitizer, there with the headers above).
function(gatescope_compile_together target)
    if(CMAKE_DISABLE_PRECOMPILE_HEADERS OR NOT (GATESCOPE_SANITIZE OR GATESCOPE_UNITY))
        return()
    endif()
    if(GATESCOPE_SANITIZE AND ARGN)
        gatescope_precompile(${target} ${ARGN})
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    # Seven of the eight look like headers, in which a hidden type would be one type for each includer.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

# gatescope_reuse_precompiled(target other) With the headers of `other`, which has the same options.
function(gatescope_reuse_precompiled target other)
    target_precompile_headers(${target} REUSE_FROM ${other})
    gatescope_precompiled_for_ccache(${target})
endfunction()

# Without this gcc's output does not say which precompiled header it stands for, and ccache keeps nothing.
function(gatescope_precompiled_for_ccache target)
    if(CCACHE_PROGRAM AND NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
        target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
    endif()
endfunction()

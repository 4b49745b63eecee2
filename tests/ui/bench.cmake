# What the window costs its thread while tokens stream; prints, asserts nothing. Not a test: docs/benchmarks.md.
add_executable(ui_bench ui_bench.cpp ui_bench_chat.cpp ui_bench_docks.cpp ui_bench_window.cpp)
target_link_libraries(ui_bench PRIVATE gatescope_test_options gatescope_ui gatescope_test_support Qt6::Test)
if(TARGET gatescope_ui_charts)
    target_link_libraries(ui_bench PRIVATE gatescope_ui_charts)
    target_compile_definitions(ui_bench PRIVATE GATESCOPE_WITH_CHARTS)
endif()

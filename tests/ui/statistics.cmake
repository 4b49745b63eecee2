gatescope_add_ui_test(statistics_test SOURCES statistics_test.cpp scripted_chat.h cli_tables.h)
target_compile_definitions(statistics_test PRIVATE GATESCOPE_CLI="$<TARGET_FILE:gatescope-cli>")
add_dependencies(statistics_test gatescope-cli)
gatescope_add_ui_test(statistics_view_test SOURCES statistics_view_test.cpp scripted_chat.h
    LIBRARIES Qt6::Svg)

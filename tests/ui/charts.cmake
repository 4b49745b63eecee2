if(TARGET gatescope_ui_charts)
    gatescope_add_ui_test(charts_test SOURCES charts_test.cpp scripted_chat.h cli_tables.h
        LIBRARIES gatescope_ui_charts Qt6::Charts)
    target_compile_definitions(charts_test PRIVATE GATESCOPE_CLI="$<TARGET_FILE:gatescope-cli>")
    add_dependencies(charts_test gatescope-cli)
endif()

gatescope_add_ui_test(window_loading_test
    SOURCES window_loading_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(window_talking_test
    SOURCES window_talking_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(window_layout_test
    SOURCES window_layout_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(hidden_panels_test
    SOURCES hidden_panels_test.cpp hidden_work.h window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(conversations_test
    SOURCES conversations_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(composing_test
    SOURCES composing_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(keeping_test
    SOURCES keeping_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(model_panel_test
    SOURCES model_panel_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(heat_page_test
    SOURCES heat_page_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(export_test
    SOURCES export_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(import_test
    SOURCES import_test.cpp window_fixture.h window_fixture.cpp)
foreach(subject IN ITEMS token_links_test token_filter_test)
    gatescope_add_ui_test(${subject}
        SOURCES ${subject}.cpp talked_window.h window_fixture.h window_fixture.cpp)
endforeach()
gatescope_add_ui_test(chat_long_test
    SOURCES chat_long_test.cpp hostile_texts.h window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(versions_test
    SOURCES versions_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(chat_text_test SOURCES chat_text_test.cpp)
gatescope_add_ui_test(word_finder_test SOURCES word_finder_test.cpp)
gatescope_add_ui_test(markdown_test SOURCES markdown_test.cpp)
gatescope_add_ui_test(markdown_view_test SOURCES markdown_view_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(open_model_dialog_test SOURCES open_model_dialog_test.cpp)
gatescope_add_ui_test(rig_plan_dialog_test SOURCES rig_plan_dialog_test.cpp)
gatescope_add_ui_test(theme_test SOURCES theme_test.cpp)

# The real program on a real X server, driven by real key and mouse events.
add_test(NAME ui/xvfb_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/xvfb_test.sh
    $<TARGET_FILE:gatescope> ${PROJECT_SOURCE_DIR}/resources/demo/model ${CMAKE_CURRENT_BINARY_DIR}/xvfb)
set_tests_properties(ui/xvfb_test PROPERTIES LABELS ui TIMEOUT 300 SKIP_RETURN_CODE 77)
if(TARGET gatescope_cuda_emulated_library)
    target_compile_definitions(model_panel_test PRIVATE
        GATESCOPE_EMULATED_CUDA="$<TARGET_FILE:gatescope_cuda_emulated_library>")
    add_dependencies(model_panel_test gatescope_cuda_emulated_library)
    add_test(NAME ui/engine_lost_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/engine_lost_test.sh
        $<TARGET_FILE:gatescope> ${PROJECT_SOURCE_DIR}/resources/demo/model ${CMAKE_CURRENT_BINARY_DIR}/engine_lost
        $<TARGET_FILE:gatescope_cuda_emulated_library>)
    set_tests_properties(ui/engine_lost_test PROPERTIES LABELS ui TIMEOUT 300 SKIP_RETURN_CODE 77)
endif()

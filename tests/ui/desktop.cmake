gatescope_add_ui_test(palette_test
    SOURCES palette_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(keys_test
    SOURCES keys_test.cpp window_fixture.h window_fixture.cpp)
gatescope_add_ui_test(desktop_test
    SOURCES desktop_test.cpp fake_desktop.h window_fixture.h window_fixture.cpp LIBRARIES Qt6::DBus TIMEOUT 300)
gatescope_add_ui_test(accessibility_test
    SOURCES accessibility_test.cpp window_fixture.h window_fixture.cpp TIMEOUT 300)
gatescope_add_ui_test(language_test SOURCES language_test.cpp window_fixture.h window_fixture.cpp)
target_compile_definitions(language_test PRIVATE
    GATESCOPE_TRANSLATIONS="${PROJECT_SOURCE_DIR}/resources/translations")
find_program(GATESCOPE_LUPDATE NAMES lupdate HINTS ${QT6_INSTALL_PREFIX}/${QT6_INSTALL_BINS} REQUIRED)
add_test(NAME ui/translations COMMAND ${GATESCOPE_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/translations_test.py
    ${GATESCOPE_LUPDATE} ${PROJECT_SOURCE_DIR})
set_tests_properties(ui/translations PROPERTIES LABELS ui TIMEOUT 120)
add_test(NAME ui/single_instance_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/single_instance_test.sh
    $<TARGET_FILE:gatescope> $<TARGET_FILE:gatescope-cli> ${PROJECT_SOURCE_DIR}/resources/demo/model
    ${CMAKE_CURRENT_BINARY_DIR}/single_instance)
set_tests_properties(ui/single_instance_test PROPERTIES LABELS ui TIMEOUT 300 SKIP_RETURN_CODE 77)
# A screen reader's side of the same program, on a real accessibility bus.
add_test(NAME ui/screen_reader_test COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/screen_reader_test.sh
    $<TARGET_FILE:gatescope> ${PROJECT_SOURCE_DIR}/resources/demo/model ${CMAKE_CURRENT_BINARY_DIR}/screen_reader)
set_tests_properties(ui/screen_reader_test PROPERTIES LABELS ui TIMEOUT 600 RUN_SERIAL ON)

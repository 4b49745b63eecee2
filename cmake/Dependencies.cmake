# Every library comes from Debian 12. A missing one is named together with what it would add.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

function(gatescope_require_module target module package purpose)
    pkg_check_modules(${target} IMPORTED_TARGET ${module})
    if(NOT ${target}_FOUND)
        message(FATAL_ERROR "${module} was not found: it gives ${purpose}. Install ${package}.")
    endif()
endfunction()

find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
gatescope_require_module(HWY libhwy libhwy-dev "vector instructions chosen at run time")
gatescope_require_module(SENTENCEPIECE sentencepiece libsentencepiece-dev "the tokenizer")
gatescope_require_module(ZSTD libzstd libzstd-dev "compressed routing records")
gatescope_require_module(LIBZIP libzip libzip-dev "the NumPy .npz export")
gatescope_require_module(SQLITE3 sqlite3 libsqlite3-dev "the conversation store")
find_package(SQLiteCpp REQUIRED)
find_package(CLI11 REQUIRED)

find_path(READERWRITERQUEUE_INCLUDE_DIR readerwriterqueue/readerwriterqueue.h)
if(NOT READERWRITERQUEUE_INCLUDE_DIR)
    message(FATAL_ERROR "readerwriterqueue.h was not found: it carries the engine's events. "
                        "Install libreaderwriterqueue-dev.")
endif()

if(GATESCOPE_GUI)
    find_package(Qt6 6.4 COMPONENTS Core Gui Widgets Svg)
    if(NOT Qt6_FOUND)
        message(FATAL_ERROR "Qt 6.4 was not found: it gives the window. Install qt6-base-dev and "
                            "libqt6svg6-dev, or build the command line alone with the preset 'headless'.")
    endif()
    if(GATESCOPE_CHARTS)
        find_package(Qt6 6.4 COMPONENTS Charts)
        if(NOT Qt6Charts_FOUND)
            message(FATAL_ERROR "Qt Charts was not found: it draws the expert load and entropy docks. "
                                "Install qt6-charts-dev and libqt6opengl6-dev, or set GATESCOPE_CHARTS=OFF.")
        endif()
    endif()
    if(GATESCOPE_TESTS)
        find_package(Qt6 6.4 REQUIRED COMPONENTS Test)
    endif()
endif()

if(GATESCOPE_TESTS)
    find_package(GTest REQUIRED)
    find_package(benchmark)
    if(NOT benchmark_FOUND)
        message(FATAL_ERROR "Google Benchmark was not found: it measures the decoders. "
                            "Install libbenchmark-dev, or set GATESCOPE_TESTS=OFF.")
    endif()
endif()

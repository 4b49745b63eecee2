// What guarded_open.py watches: writes checkpoints that try to do harm, and opens one of them.
//   open_model_probe prepare DIR    good and hostile models below DIR
//   open_model_probe open MODEL     opens and loads it; exit 0, or 3 with the sentence on stderr
//   open_model_probe misbehave DIR  does what must never happen, to show that the watcher sees it
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "engine/error.h"
#include "engine/model/open_model.h"
#include "tests/support/gguf_model.h"
#include "tests/support/hf_writer.h"
#include "tests/support/pickle_cases.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;

constexpr int kHostileTensor = 9;

std::string callOf(const std::string& module,
                   const std::string& name,
                   const std::string& argument) {
    return Assembler().name(module, name).text(argument).op("\x85R").finish();
}

/// Models in GGUF, a directory each.
void prepareGguf(const fs::path& dir) {
    const auto weights = openModel((dir / "good").string())->load({}, {});
    for (const char* name :
         {"gguf", "gguf-link", "gguf-missing", "gguf-web-page", "gguf-truncated"}) {
        fs::create_directory(dir / name);
        writeSplit(dir / name, "grok", ggufOf(*weights), 2);
    }
    const auto second = [&](const char* name) { return dir / name / "grok-00002-of-00002.gguf"; };
    fs::rename(second("gguf-link"), dir / "outside-part");
    fs::create_symlink(dir / "outside-part", second("gguf-link"));
    fs::remove(second("gguf-missing"));
    writeBytes(second("gguf-web-page"), "<html>not found</html>");
    fs::resize_file(second("gguf-truncated"), fs::file_size(second("gguf-truncated")) - 100);
}

/// Directories of Hugging Face that lead elsewhere.
void prepareHf(const fs::path& dir) {
    const auto weights = openModel((dir / "good").string())->load({}, {});
    for (const char* name : {"hf-good", "hf-link", "hf-escape", "hf-pickle"})
        writeHfDirectory(dir / name, *weights, {.files = 2});
    const char* first = "model-00001-of-00002.safetensors";
    const fs::path outside = dir / "outside.safetensors";
    fs::rename(dir / "hf-link" / first, outside);
    fs::create_symlink(outside, dir / "hf-link" / first);
    const fs::path index = dir / "hf-escape/model.safetensors.index.json";
    std::string text = readBytes(index);
    writeBytes(
        index,
        text.replace(
            text.find(first), std::string(first).size(), "../" + outside.filename().string()));
    for (const auto& file : fs::directory_iterator(dir / "hf-pickle"))
        if (file.path().extension() != ".json") fs::remove(file);
    fs::remove(dir / "hf-pickle/model.safetensors.index.json");
    writeBytes(dir / "hf-pickle/pytorch_model.bin",
               callOf("os", "system", "touch " + (dir / "canary").string()));
}

void prepare(const fs::path& dir) {
    const std::string touch = "touch " + (dir / "canary").string();
    const std::pair<const char*, std::string> pickles[] = {
        {"os-system", callOf("os", "system", touch)},
        {"posix-system", callOf("posix", "system", touch)},
        {"eval", callOf("builtins", "eval", "__import__('os').system('" + touch + "')")},
        {"numpy-load", callOf("numpy", "load", "/etc/passwd")},
        {"webbrowser", callOf("webbrowser", "open", "http://127.0.0.1/")},
        {"web-page", "<html>not found</html>"},
        {"lfs", "version https://git-lfs.github.com/spec/v1\n"},
        {"empty", ""},
    };
    for (const auto& [name, bytes] : pickles) {
        writeTinyCheckpoint(dir / name, tinyConfig(), 1);
        writeBytes(tensorFile(dir / name, kHostileTensor), bytes);
    }
    writeBytes(dir / "outside", readBytes(tensorFile(dir / "empty", 0)));
    for (const char* name : {"good", "link-tensor", "link-config", "link-tokenizer", "link-folder"})
        writeTinyCheckpoint(dir / name, tinyConfig(), 1);
    const auto link = [&](const fs::path& file) {
        fs::remove_all(file);
        fs::create_symlink(dir / "outside", file);
    };
    link(tensorFile(dir / "link-tensor", kHostileTensor));
    link(dir / "link-config/config.json");
    link(dir / "link-tokenizer/tokenizer.model");
    fs::rename(dir / "link-folder/ckpt-0", dir / "outside-folder");
    fs::create_directory_symlink(dir / "outside-folder", dir / "link-folder/ckpt-0");
    writeTinyCheckpoint(dir / "truncated", tinyConfig(), 1);
    fs::resize_file(tensorFile(dir / "truncated", kHostileTensor), 60);
    prepareGguf(dir);
    prepareHf(dir);
}

int openAndLoad(const std::string& model) {
    (void)::open("/gatescope-probe-begins", O_RDONLY);  // fails; tells the watcher when to begin
    try {
        (void)openModel(model)->load({}, {});
    } catch (const Error& error) {  // this is a program's main
        std::fprintf(stderr, "error: %s\n", error.what());
        return 3;
    }
    return 0;
}

int misbehave(const fs::path& dir) {
    (void)::open("/gatescope-probe-begins", O_RDONLY);
    std::ifstream(dir / "outside").get();
    close(socket(AF_UNIX, SOCK_STREAM, 0));
    return std::system("true");
}

}  // namespace
}  // namespace gatescope::test

int main(int argc, char** argv) {
    const std::string_view what = argc == 3 ? argv[1] : "";
    if (what == "prepare") gatescope::test::prepare(argv[2]);
    if (what == "open") return gatescope::test::openAndLoad(argv[2]);
    if (what == "misbehave") return gatescope::test::misbehave(argv[2]);
    return what == "prepare" ? 0 : 2;
}

#include "engine/model/open_model.h"

#include <fmt/format.h>

#include <fstream>
#include <span>
#include <string_view>

#include "engine/error.h"
#include "engine/error_codes.h"
#include "engine/io/foreign_file.h"
#include "engine/io/shown_text.h"
#include "engine/model/gguf/gguf_model.h"
#include "engine/model/gguf/gguf_parts.h"
#include "engine/model/safetensors/hf_directory.h"
#include "engine/model/synthetic/synthetic_model.h"
#include "engine/model/xai/xai_checkpoint.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExpected =
    "expected the directory of an xAI checkpoint (with ckpt-0/tensor00000_000 ...), a Hugging Face "
    "directory (config.json, *.safetensors), a GGUF file, a directory that holds one GGUF model, "
    "or "
    "synthetic:NAME";

constexpr std::size_t kFirstBytes = 512;

/// The first bytes of a file, at most 512.
std::string firstBytesOf(const fs::path& path) {
    std::string bytes(kFirstBytes, '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

/// The length of the JSON header in 8 bytes, little-endian, and the header itself.
bool isSafetensors(std::string_view start) {
    return start.size() > 8 && start[8] == '{' && start[7] == 0 && start[6] == 0;
}

[[noreturn]] void refuse(const std::string& model, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", shownText(model), what));
}

[[noreturn]] void refuseFile(const std::string& model) {
    const std::string start = firstBytesOf(model);
    if (isSafetensors(start))
        refuse(model,
               "is a safetensors file without a config.json beside it; open it in the directory it "
               "was published in");
    if (start.starts_with('\x80'))
        refuse(model, "is a single pickle; open the directory of the checkpoint it belongs to");
    const ForeignFile foreign =
        recogniseForeignFile(std::as_bytes(std::span(start)), "a GGUF file (first bytes GGUF)");
    gatescope::refuse(foreign.code, shownText(model), fmt::format("is {}", foreign.what));
}

[[noreturn]] void refuseDirectory(const std::string& model) {
    HfDirectory::refusePickles(model);
    refuse(model, fmt::format("holds no ckpt-0; {}", kExpected));
}

/// A .safetensors file stands for the directory that makes a model of it.
bool isPartOfHfDirectory(const fs::path& path) {
    std::error_code ignored;
    return isSafetensors(firstBytesOf(path)) &&
           fs::exists(path.parent_path() / "config.json", ignored);
}

}  // namespace

std::unique_ptr<ModelSource> openModel(const std::string& model) {
    if (model.starts_with(kSyntheticPrefix)) return std::make_unique<SyntheticModel>(model);
    std::error_code error;
    const fs::file_status status = fs::status(model, error);
    if (!fs::exists(status)) refuse(model, fmt::format("there is no such path; {}", kExpected));
    if (fs::is_directory(status)) {
        if (XaiCheckpoint::isAt(model)) return std::make_unique<XaiCheckpoint>(model);
        if (HfDirectory::isAt(model)) return std::make_unique<HfDirectory>(model);
        if (isGgufAt(model)) return std::make_unique<GgufModel>(model);
        refuseDirectory(model);
    }
    // Looking into a pipe would wait for someone to write to it.
    if (!fs::is_regular_file(status))
        refuse(model, fmt::format("is neither a file nor a directory; {}", kExpected));
    if (isGgufAt(model)) return std::make_unique<GgufModel>(model);
    const fs::path whole = fs::absolute(model);
    if (isPartOfHfDirectory(whole)) return std::make_unique<HfDirectory>(whole.parent_path());
    refuseFile(model);
}

}  // namespace gatescope

#include "engine/model/model_source.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string_view>

#include "engine/error.h"
#include "engine/model/gguf/gguf_model.h"
#include "engine/model/gguf/gguf_parts.h"
#include "engine/model/model_file.h"
#include "engine/model/synthetic/synthetic_model.h"
#include "engine/model/xai/xai_checkpoint.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExpected =
    "expected the directory of an xAI checkpoint (with ckpt-0/tensor00000_000 ...), a GGUF file, a "
    "directory that holds one GGUF model, or synthetic:NAME";

enum class Format { Unknown, Safetensors, Pickle };

Format formatOf(const fs::path& path) {
    std::array<char, 16> bytes{};
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), bytes.size());
    const std::string_view start(bytes.data(), static_cast<std::size_t>(file.gcount()));
    // The length of the JSON header in 8 bytes, little-endian, and the header itself.
    if (start.size() > 8 && start[8] == '{' && start[7] == 0 && start[6] == 0)
        return Format::Safetensors;
    if (start.starts_with('\x80')) return Format::Pickle;
    return Format::Unknown;
}

[[noreturn]] void refuse(const std::string& model, const std::string& what) {
    throw Error(ErrorKind::BadInput, fmt::format("{}: {}", shownText(model), what));
}

[[noreturn]] void refuseFormat(const std::string& model, const std::string& what) {
    refuse(model,
           fmt::format("{}, which this version does not read yet; open or convert to a GGUF "
                       "file or an xAI checkpoint (a directory with ckpt-0)",
                       what));
}

[[noreturn]] void refuseFile(const std::string& model) {
    switch (formatOf(model)) {
        case Format::Safetensors:
            refuseFormat(model, "is a safetensors file");
        case Format::Pickle:
            refuse(model, "is a single pickle; open the directory of the checkpoint it belongs to");
        case Format::Unknown:
            break;
    }
    refuse(model, fmt::format("is a file; {}", kExpected));
}

[[noreturn]] void refuseDirectory(const std::string& model) {
    for (const auto& entry : fs::directory_iterator(model)) {
        if (!entry.is_regular_file()) continue;
        const std::string file = shownText(entry.path().filename().string());
        const Format format = formatOf(entry.path());
        if (format == Format::Safetensors || file.ends_with(".safetensors.index.json"))
            refuseFormat(model, fmt::format("holds safetensors file {}", file));
    }
    refuse(model, fmt::format("holds no ckpt-0; {}", kExpected));
}

}  // namespace

std::unique_ptr<ModelSource> openModel(const std::string& model) {
    if (model.starts_with(kSyntheticPrefix)) return std::make_unique<SyntheticModel>(model);
    std::error_code error;
    const fs::file_status status = fs::status(model, error);
    if (!fs::exists(status)) refuse(model, fmt::format("there is no such path; {}", kExpected));
    const bool isDirectory = fs::is_directory(status);
    if (isDirectory && XaiCheckpoint::isAt(model)) return std::make_unique<XaiCheckpoint>(model);
    if (isGgufAt(model)) return std::make_unique<GgufModel>(model);
    if (!isDirectory) refuseFile(model);
    refuseDirectory(model);
}

}  // namespace gatescope

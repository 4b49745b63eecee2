#include "engine/model/safetensors/safetensors_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/foreign_file.h"
#include "engine/io/json_stream.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

constexpr std::uint64_t kLargestIndex = 16 << 20;  // Grok-1 has about 2200 tensors in 250 kB
constexpr std::size_t kLongestFileName = 255;

class IndexEvents final : public JsonEvents {
  public:
    IndexEvents(const JsonStream& stream, const std::string& file) : stream_(stream), file_(file) {}

    void beginObject() override {
        if (++depth_ == 2 && key_ == "weight_map") inMap_ = hasMap_ = true;
        if (inMap_ && depth_ > 2) notAName("an object");
    }
    void endObject() override {
        if (--depth_ == 1) inMap_ = false;
        inMetadata_ = false;
    }
    void beginArray() override {
        if (inMap_) notAName("an array");
        ++depth_;
    }
    void endArray() override { --depth_; }
    void key(std::string& text) override {
        if (depth_ == 1) {
            inMetadata_ = text == "metadata";
            if ((inMetadata_ || text == "weight_map") &&
                std::exchange(inMetadata_ ? hasMetadata_ : hasMapKey_, true))
                refuse(ErrorCode::IndexSyntax, fmt::format("the key \"{}\" is there twice", text));
        }
        key_ = std::move(text);
    }
    void text(std::string& text) override;
    void integer(std::uint64_t value) override {
        if (inMap_) notAName("a number");
        if (depth_ == 2 && inMetadata_ && key_ == "total_size") index_.totalBytes = value;
    }
    void otherValue(const std::string& kind) override {
        if (inMap_) notAName(kind);
    }

    SafetensorsIndex take() {
        if (!hasMap_)
            gatescope::refuse(ErrorCode::IndexSyntax,
                              file_,
                              "holds no weight_map; expected {\"weight_map\": {tensor: file}}");
        return std::move(index_);
    }

  private:
    [[noreturn]] void refuse(ErrorCode code, const std::string& problem) const {
        gatescope::refuse(code, fmt::format("{}: byte {}", file_, stream_.position()), problem);
    }
    [[noreturn]] void notAName(const std::string& found) const {
        refuse(ErrorCode::IndexSyntax,
               fmt::format(
                   "tensor {} lies in {}, expected the name of a file", shownText(key_), found));
    }

    const JsonStream& stream_;
    const std::string& file_;
    SafetensorsIndex index_;
    std::string key_;
    int depth_ = 0;
    bool inMap_ = false;
    bool inMetadata_ = false;
    bool hasMap_ = false;
    bool hasMapKey_ = false;
    bool hasMetadata_ = false;
};

void IndexEvents::text(std::string& text) {
    if (!inMap_) return;
    if (!isPlainFileName(text))
        refuse(ErrorCode::IndexName,
               fmt::format("tensor {} lies in \"{}\", expected the name of a file in the same "
                           "folder",
                           shownText(key_),
                           shownText(text)));
    if (isPickleName(text))
        gatescope::refuse(
            ErrorCode::PickledWeights,
            shownText(text),
            fmt::format(
                "is a pickle, which {} names as the place of tensor {}", file_, shownText(key_)));
    if (!text.ends_with(".safetensors"))
        refuse(ErrorCode::IndexName,
               fmt::format("tensor {} lies in \"{}\", expected a .safetensors file",
                           shownText(key_),
                           shownText(text)));
    if (!index_.fileOf.emplace(key_, text).second)
        refuse(ErrorCode::IndexSyntax, fmt::format("tensor {} is there twice", shownText(key_)));
}

/// An index that is no JSON is most often a page or a pointer that was saved in its place.
void refuseForeignFile(const ByteSource& bytes, const std::string& file) {
    constexpr std::uint64_t kLooked = 512;
    std::vector<std::byte> start(static_cast<std::size_t>(std::min(kLooked, bytes.size)));
    if (!start.empty()) bytes.read(0, start);
    if (!start.empty() && start[0] == std::byte{'{'}) return;
    const ForeignFile foreign = recogniseForeignFile(start, "an index (a JSON object)");
    refuse(foreign.code, file, fmt::format("is {}", foreign.what));
}

}  // namespace

SafetensorsIndex readSafetensorsIndex(const ByteSource& bytes, const std::string& file) {
    if (bytes.size > kLargestIndex)
        refuse(ErrorCode::FileTooLarge,
               file,
               fmt::format("has {} bytes, expected at most {}", bytes.size, kLargestIndex));
    refuseForeignFile(bytes, file);
    JsonStream stream(
        bytes,
        0,
        bytes.size,
        [&](JsonFault /*fault*/, std::uint64_t at, const std::string& problem) {
            refuse(ErrorCode::IndexSyntax, fmt::format("{}: byte {}", file, at), problem);
        });
    IndexEvents events(stream, file);
    stream.read(events);
    return events.take();
}

bool isPlainFileName(std::string_view name) {
    return !name.empty() && name.size() <= kLongestFileName && name != "." && name != ".." &&
           isUtf8(name) && std::ranges::all_of(name, [](char c) {
               return static_cast<unsigned char>(c) >= ' ' && c != '\x7f' && c != '/' && c != '\\';
           });
}

bool isPickleName(std::string_view name) {
    constexpr std::array<std::string_view, 5> kEndings{".bin", ".pt", ".pth", ".pkl", ".ckpt"};
    return std::ranges::any_of(kEndings, [&](auto ending) { return name.ends_with(ending); });
}

}  // namespace gatescope

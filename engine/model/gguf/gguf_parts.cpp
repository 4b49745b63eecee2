#include "engine/model/gguf/gguf_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <optional>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".gguf";
constexpr int kMostParts = 4096;  // of which each holds a tensor or more

/// PREFIX-00002-of-00009.gguf
struct SplitName {
    std::string prefix;
    int part = 0;  // from 1
    int count = 0;

    std::string of(int otherPart) const {
        return fmt::format("{}-{:05}-of-{:05}{}", prefix, otherPart, count, kSuffix);
    }
};

std::optional<int> fiveDigits(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text[0] == '-') return {};
    return value;
}

std::optional<SplitName> splitNameOf(std::string_view name) {
    constexpr std::string_view kPattern = "-00001-of-00009.gguf";
    if (name.size() <= kPattern.size() || !name.ends_with(kSuffix)) return std::nullopt;
    const std::string_view tail = name.substr(name.size() - kPattern.size());
    if (tail[0] != '-' || tail.substr(6, 4) != "-of-") return std::nullopt;
    const auto part = fiveDigits(tail.substr(1, 5));
    const auto count = fiveDigits(tail.substr(10, 5));
    if (!part || !count || *part < 1 || *part > *count) return std::nullopt;
    return SplitName{std::string(name.substr(0, name.size() - kPattern.size())), *part, *count};
}

/// Where a file of the model lies.
struct Place {
    std::shared_ptr<const ModelDirectory> directory;
    std::string name;

    std::string shown() const { return shownText(directory->shownName(name)); }
};

std::shared_ptr<const ModelDirectory> openDirectory(const fs::path& path) {
    return std::make_shared<ModelDirectory>(
        ModelDirectory::open(path.empty() ? fs::path(".") : path));
}

GgufPart describe(const Place& place, const PreadFunction* pread) {
    const auto open = [place, pread] { return place.directory->file(place.name, pread); };
    const ModelFile file = open();
    return {.content = parseGguf(byteSourceOf(file), place.shown()),
            .identity = file.identity(),
            .open = open};
}

std::string partText(const GgufFile& part, int index, int count) {
    return fmt::format("{}: part {} of {}", part.name, index, count);
}

/// The parts behind the first, whose keys say that there are `count`.
class SplitSet {
  public:
    SplitSet(Place siblings, std::optional<SplitName> name, int count, const PreadFunction* pread)
        : siblings_(std::move(siblings)), name_(std::move(name)), count_(count), pread_(pread) {}

    void append(std::vector<GgufPart>& parts) const {
        const GgufFile& first = parts.front().content;
        if (!name_ || name_->count != count_ || name_->part != 1)
            refuse(ErrorCode::GgufSplit,
                   first.name,
                   fmt::format("is part 1 of {}; expected a name that ends in {}, so that the "
                               "other parts are found; give it back the name it had",
                               count_,
                               SplitName{"", 1, count_}.of(1)));
        checkPresent();
        for (int part = 2; part <= count_; ++part) {
            parts.push_back(describe({siblings_.directory, name_->of(part)}, pread_));
            checkPart(parts.back().content, part);
        }
        checkTotal(parts);
    }

  private:
    void checkPresent() const {
        std::vector<int> missing;
        for (int part = 2; part <= count_; ++part)
            if (siblings_.directory->entry(name_->of(part)) == ModelDirectory::Entry::Missing)
                missing.push_back(part);
        if (missing.empty()) return;
        const auto shown = std::min<std::size_t>(missing.size(), 8);
        refuse(ErrorCode::FileMissing,
               shownText(name_->of(missing.front())),
               fmt::format(
                   "is missing: the model has {} parts, of which {} (number {}{}) {} not "
                   "there",
                   count_,
                   missing.size(),
                   fmt::join(
                       missing.begin(), missing.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                   shown < missing.size() ? " ..." : "",
                   missing.size() == 1 ? "is" : "are"));
    }

    void checkPart(const GgufFile& part, int index) const {
        const auto number = part.metadata.u16("split.no");
        const auto count = part.metadata.u16("split.count");
        if (number && count && *number == index - 1 && *count == count_) return;
        const auto text = [](std::optional<std::uint16_t> value) {
            return value ? std::to_string(*value) : std::string("none");
        };
        refuse(ErrorCode::GgufSplit,
               partText(part, index, count_),
               fmt::format("expected split.no {} and split.count {}, found {} and {}; it belongs "
                           "to another model",
                           index - 1,
                           count_,
                           text(number),
                           text(count)));
    }

    static void checkTotal(const std::vector<GgufPart>& parts) {
        std::size_t found = 0;
        for (const GgufPart& part : parts) found += part.content.tensors.size();
        const GgufFile& first = parts.front().content;
        const auto expected = first.metadata.i32("split.tensors.count");
        if (expected && (*expected < 0 || static_cast<std::size_t>(*expected) != found))
            refuse(ErrorCode::GgufSplit,
                   first.name,
                   fmt::format("the {} parts hold {} tensors together, expected {} "
                               "(split.tensors.count); a part is of another model",
                               parts.size(),
                               found,
                               *expected));
    }

    Place siblings_;
    std::optional<SplitName> name_;
    int count_;
    const PreadFunction* pread_;
};

/// `place` is the file itself; `siblings` is where a name like its own is looked for.
std::vector<GgufPart> openFrom(const Place& place, Place siblings, const PreadFunction* pread) {
    const auto name = splitNameOf(siblings.name);
    std::vector<GgufPart> parts;
    parts.push_back(describe(place, pread));
    const GgufFile& first = parts.front().content;
    const int count = first.metadata.u16("split.count").value_or(1);
    const int number = first.metadata.u16("split.no").value_or(0);
    if (number > 0)
        refuse(ErrorCode::GgufLaterPart,
               first.name,
               fmt::format("is part {} of {}; only part 1{} describes the model",
                           number + 1,
                           count,
                           name ? fmt::format(" ({})", shownText(name->of(1))) : std::string()));
    if (count > kMostParts)
        refuse(ErrorCode::GgufSplit,
               first.name,
               fmt::format("expected at most {} parts, found split.count {}", kMostParts, count));
    if (count > 1) SplitSet(std::move(siblings), name, count, pread).append(parts);
    return parts;
}

bool beginsAsGguf(const ModelDirectory& directory, const std::string& name) {
    if (directory.entry(name) != ModelDirectory::Entry::File) return false;
    try {
        std::array<std::byte, 4> first{};
        const ModelFile file = directory.file(name);
        if (file.identity().size < first.size()) return false;
        file.read(0, first);
        return isGgufMagic(first);
    } catch (const Error&) {  // another program's file, which may not be read: not ours
        return false;
    }
}

/// The files of a directory that may be models: those that are called so, else those that begin so.
std::vector<std::string> candidates(const ModelDirectory& directory) {
    const std::vector<std::string> names = directory.list();
    std::vector<std::string> found;
    const auto isCalledSo = [&](const std::string& name) {
        return name.ends_with(kSuffix) && directory.entry(name) != ModelDirectory::Entry::Directory;
    };
    std::ranges::copy_if(names, std::back_inserter(found), isCalledSo);
    if (!found.empty()) return found;
    std::ranges::copy_if(names, std::back_inserter(found), [&](const std::string& name) {
        return beginsAsGguf(directory, name);
    });
    return found;
}

/// The first file of the one model in `directory`.
std::string onlyModelOf(const ModelDirectory& directory, const std::string& shown) {
    std::map<std::string, std::string> models;  // what names it -> its first file
    for (const std::string& name : candidates(directory)) {
        const auto split = splitNameOf(name);
        models.emplace(split ? split->of(1) : name, split ? split->of(1) : name);
    }
    if (models.empty()) refuse(ErrorCode::FileMissing, shown, "holds no GGUF file");
    if (models.size() == 1) return models.begin()->second;
    constexpr std::size_t kShown = 5;
    std::vector<std::string> names;
    for (const auto& [key, first] : models)
        if (names.size() < kShown) names.push_back(shownText(first));
    refuse(ErrorCode::GgufSeveral,
           shown,
           fmt::format("holds {} GGUF models: {}{}",
                       models.size(),
                       fmt::join(names, ", "),
                       models.size() > kShown ? " ..." : ""));
}

}  // namespace

std::vector<GgufPart> openGgufParts(const fs::path& path, const PreadFunction* pread) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
        const auto directory = openDirectory(path);
        const Place first{directory,
                          onlyModelOf(*directory, shownText(path.lexically_normal().string()))};
        return openFrom(first, first, pread);
    }
    // A link is followed to the file, whose directory is held; a download cache gives that file
    // another name, and then the parts stand beside the link.
    fs::path target = fs::canonical(path, error);
    if (error) target = path;
    const Place place{openDirectory(target.parent_path()), target.filename().string()};
    const bool besideTarget = target.filename() == path.filename() ||
                              splitNameOf(place.name).has_value() ||
                              !splitNameOf(path.filename().string());
    if (besideTarget) return openFrom(place, place, pread);
    return openFrom(place, {openDirectory(path.parent_path()), path.filename().string()}, pread);
}

bool isGgufAt(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return !candidates(ModelDirectory::open(path)).empty();
    if (path.filename().string().ends_with(kSuffix)) return true;
    const fs::path target = fs::canonical(path, error);
    return !error &&
           beginsAsGguf(ModelDirectory::open(target.parent_path()), target.filename().string());
}

}  // namespace gatescope

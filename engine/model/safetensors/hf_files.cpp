#include "engine/model/safetensors/hf_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/model/safetensors/hf_names.h"
#include "engine/model/safetensors/safetensors_index.h"

namespace gatescope {
namespace {

constexpr const char* kUsualIndex = "model.safetensors.index.json";

std::optional<std::string> indexName(const std::vector<std::string>& names) {
    std::vector<std::string> found;
    for (const std::string& name : names)
        if (name.ends_with(kSafetensorsIndexEnd)) found.push_back(name);
    if (found.empty()) return std::nullopt;
    if (std::ranges::find(found, kUsualIndex) != found.end()) return kUsualIndex;
    if (found.size() > 1)
        refuse(ErrorCode::IndexContradiction,
               found[1],
               fmt::format("is a second index beside {}; expected one, or one by the name of {}",
                           shownText(found[0]),
                           kUsualIndex));
    return found[0];
}

/// `file` as bytes; it must outlive them.
ByteSource sourceOf(const ModelFile& file, std::uint64_t size) {
    return {.size = size, .read = [&file](std::uint64_t offset, std::span<std::byte> into) {
                file.read(offset, into);
            }};
}

HfFile readFile(const ModelDirectory& directory,
                const std::string& name,
                const PreadFunction* pread) {
    const ModelFile file = directory.file(name, pread);
    HfFile out{.name = name, .identity = file.identity(), .tensors = {}};
    out.tensors = readSafetensorsHeader(sourceOf(file, out.identity.size), shownText(name));
    return out;
}

SafetensorsIndex readIndex(const ModelDirectory& directory,
                           const std::string& name,
                           const PreadFunction* pread) {
    const ModelFile file = directory.file(name, pread);
    return readSafetensorsIndex(sourceOf(file, file.identity().size), shownText(name));
}

bool liesIn(const std::vector<HfPlace>& places, const std::string& file, const HfFiles& files) {
    return std::ranges::any_of(
        places, [&](const HfPlace& place) { return files.files[place.file].name == file; });
}

/// A file of an index holds what the index says, no more and no less.
void checkIndex(const SafetensorsIndex& index, const std::string& name, const HfFiles& files) {
    for (const auto& [tensor, file] : index.fileOf) {
        const auto found = files.places.find(tensor);
        const bool somewhere = found != files.places.end();
        if (somewhere && liesIn(found->second, file, files)) continue;
        const std::string elsewhere =
            somewhere
                ? fmt::format("; it lies in {}", shownText(files.files[found->second[0].file].name))
                : "";
        refuse(ErrorCode::IndexContradiction,
               shownText(file),
               fmt::format("does not hold tensor {}, which {} says it does{}",
                           shownText(tensor),
                           name,
                           elsewhere));
    }
    for (const auto& [tensor, places] : files.places)
        if (!index.fileOf.contains(std::string(tensor)))
            refuse(ErrorCode::IndexContradiction,
                   shownText(files.files[places[0].file].name),
                   fmt::format("holds tensor {}, which {} does not list", shownText(tensor), name));
}

void compareTotal(const SafetensorsIndex& index, HfFiles& files) {
    if (!index.totalBytes) return;
    std::uint64_t bytes = 0;
    for (const HfFile& file : files.files)
        for (const SafetensorsEntry& entry : file.tensors) bytes += entry.bytes;
    if (bytes != *index.totalBytes)
        files.remarks.push_back(fmt::format(
            "the index counts {} bytes of tensors, the files hold {}", *index.totalBytes, bytes));
}

void findPlaces(HfFiles& files) {
    for (std::size_t i = 0; i < files.files.size(); ++i)
        for (const SafetensorsEntry& entry : files.files[i].tensors)
            files.places[entry.name].push_back({i, &entry});
    for (const auto& [tensor, places] : files.places)
        for (const HfPlace& place : places) {
            const std::string& name = files.files[place.file].name;
            if (places.size() == 1 || rankOf(name)) continue;
            const HfPlace& other = places[&place == &places[0] ? 1 : 0];
            refuse(ErrorCode::TensorTwice,
                   shownText(name),
                   fmt::format("holds tensor {}, and so does {}, but they are not the shares "
                               "(-TP-000 ...) of one tensor",
                               shownText(tensor),
                               shownText(files.files[other.file].name)));
        }
}

}  // namespace

HfFiles readHfFiles(const ModelDirectory& directory, const PreadFunction* pread) {
    const std::vector<std::string> names = directory.list();
    const auto index = indexName(names);
    std::optional<SafetensorsIndex> listed;
    if (index) listed = readIndex(directory, *index, pread);
    std::set<std::string> wanted;
    if (listed)
        for (const auto& [tensor, file] : listed->fileOf) wanted.insert(file);
    // An index has one file a name, but shares of one tensor lie in several.
    const bool ofShares = std::ranges::any_of(wanted, isOfShares);
    HfFiles files;
    for (const std::string& name : names) {
        if (!name.ends_with(".safetensors")) continue;
        if (!listed || (ofShares && isOfShares(name))) wanted.insert(name);
        if (!wanted.contains(name))
            files.remarks.push_back(
                fmt::format("{} is not in the index and is left out", shownText(name)));
    }
    for (const std::string& name : wanted) files.files.push_back(readFile(directory, name, pread));
    findPlaces(files);
    if (listed) {
        checkIndex(*listed, shownText(*index), files);
        compareTotal(*listed, files);
    }
    return files;
}

}  // namespace gatescope

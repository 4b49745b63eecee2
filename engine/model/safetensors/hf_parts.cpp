#include "engine/model/safetensors/hf_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/model/safetensors/hf_names.h"

namespace gatescope {
namespace {

using Places = std::vector<HfPlace>;

constexpr std::uint64_t kMostRanks = 1000;  // three digits in a file's name

std::string shapeText(const SafetensorsEntry& entry) {
    return fmt::format("[{}]", fmt::join(entry.shape, ", "));
}

/// The shape of one stored matrix, outputs first; a norm is one row.
struct FullShape {
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    bool vector = false;

    std::string text() const {
        return vector ? fmt::format("[{}]", columns) : fmt::format("[{}, {}]", rows, columns);
    }
};

FullShape fullShape(const TensorSlot& slot) {
    const auto u64 = [](std::int64_t size) { return static_cast<std::uint64_t>(size); };
    if (slot.role == TensorRole::Router)
        return {.rows = u64(slot.shape[1]), .columns = u64(slot.shape[0])};
    if (slot.isMatrix() || slot.isVocabularyMatrix())
        return {.rows = u64(slot.numOut()), .columns = u64(slot.numIn())};
    return {.rows = 1, .columns = u64(slot.shape[0]), .vector = true};
}

/// Which axis of the stored matrix the ranks of SGLang's tensor parallelism share.
enum class Cut { None, Rows, Columns };

Cut cutOf(const TensorSlot& slot) {
    switch (slot.role) {
        case TensorRole::ExpertGate:
        case TensorRole::ExpertUp:
        case TensorRole::Query:
        case TensorRole::Key:
        case TensorRole::Value:
        case TensorRole::Embedding:
        case TensorRole::Output:
            return Cut::Rows;
        case TensorRole::ExpertDown:
        case TensorRole::AttentionOutput:
            return Cut::Columns;
        default:
            return Cut::None;
    }
}

HfNaming namingOf(const HfFiles& files) {
    for (const auto& [name, places] : files.places) {
        if (name.starts_with("transformer.")) return HfNaming::Keyfan;
        if (name.find(".self_attn.") != std::string_view::npos ||
            name.find(".block_sparse_moe.") != std::string_view::npos)
            return HfNaming::Sglang;
    }
    return HfNaming::Hpcai;
}

class Finder {
  public:
    Finder(const HfConfig& config, const HfFiles& files) : files_(files), naming_(namingOf(files)) {
        out_.config = config.model;
        out_.remarks = config.remarks;
        out_.remarks.insert(out_.remarks.end(), files.remarks.begin(), files.remarks.end());
        decideOutput(config);
    }

    HfParts find() {
        for (TensorSlot& slot : tensorSlots(out_.config)) findSlot(std::move(slot));
        checkLeftovers();
        return std::move(out_);
    }

  private:
    const std::string& fileName(const HfPlace& place) const {
        return files_.files[place.file].name;
    }
    std::string where(const HfPlace& place) const {
        return fmt::format(
            "{}: tensor {}", shownText(fileName(place)), shownText(place.entry->name));
    }

    void decideOutput(const HfConfig& config);
    const Places& placesOf(const TensorSlot& slot, int expert);
    void findSlot(TensorSlot slot);
    /// `firstPart` and `firstScale`: where this parameter's begin.
    TensorInfo infoOf(const TensorSlot& slot,
                      const HfPlace& first,
                      std::size_t firstPart,
                      std::size_t firstScale) const;
    DType typeOf(const TensorSlot& slot, const std::vector<const Places*>& matrices) const;
    void addMatrix(const TensorSlot& slot, int matrix, const Places& places);
    void addPart(int matrix,
                 const FullShape& share,
                 std::uint64_t row,
                 std::uint64_t column,
                 const HfPlace& place);
    void addShares(const TensorSlot& slot, int matrix, const Places& places, const FullShape& full);
    void addCopies(const Places& places);
    void addScales(int matrix, const FullShape& full, Cut cut, const Places& weights);
    void addScale(int matrix, std::uint64_t firstRow, std::uint64_t rows, const HfPlace& place);
    std::vector<const HfPlace*> byRank(const Places& places, std::uint64_t numRanks) const;
    void checkLeftovers();

    const HfFiles& files_;
    const HfNaming naming_;
    std::set<std::string_view> used_;
    std::size_t tensor_ = 0;  // the one that is being found
    HfParts out_;
};

void Finder::decideOutput(const HfConfig& config) {
    constexpr const char* kOutput = "lm_head.weight";
    const bool there = files_.places.contains(kOutput);
    out_.config.tiedOutput = config.tiedEmbeddings.value_or(!there);
    if (!out_.config.tiedOutput || !there) return;
    used_.insert(kOutput);
    for (const std::string& scale : hfScaleNames(kOutput))
        if (const auto found = files_.places.find(scale); found != files_.places.end())
            used_.insert(found->first);
    out_.remarks.emplace_back(
        "lm_head.weight is left out: config.json says that the embedding is the output matrix "
        "(tie_word_embeddings)");
}

const Places& Finder::placesOf(const TensorSlot& slot, int expert) {
    const std::string number = std::to_string(expert);
    const Places* found = nullptr;
    std::string_view name;
    for (const HfNaming naming : kHfNamings) {
        const auto place = files_.places.find(hfName(naming, slot, number));
        if (place == files_.places.end() || &place->second == found) continue;
        if (found != nullptr)
            refuse(ErrorCode::TensorTwice,
                   where(place->second[0]),
                   fmt::format("is there by the name of {} too", shownText(name)));
        found = &place->second;
        name = place->first;
    }
    if (found == nullptr)
        refuse(ErrorCode::TensorMissing,
               fmt::format("tensor {}", hfName(naming_, slot, number)),
               fmt::format("is missing: no .safetensors file of the {} read holds it, by this name "
                           "or that of another conversion",
                           files_.files.size()));
    used_.insert(name);
    return *found;
}

DType Finder::typeOf(const TensorSlot& slot, const std::vector<const Places*>& matrices) const {
    std::set<DType> types;
    for (const Places* places : matrices)
        for (const HfPlace& place : *places) {
            const SafetensorsType& type = *place.entry->type;
            const bool packed =
                type.name == "I32" || type.name == "U32" || type.name == "U8" || type.name == "F4";
            if (!type.dtype)
                refuse(ErrorCode::TensorType,
                       where(place),
                       fmt::format("holds {} elements{}, expected F32, BF16, F16 or F8_E4M3",
                                   type.name,
                                   packed ? " (as models with packed 4-bit weights do)" : ""));
            types.insert(*type.dtype);
        }
    const bool matrix = slot.isMatrix() || slot.isVocabularyMatrix();
    const bool f8 = types.contains(DType::F8E4M3);
    if (f8 && (!matrix || types.size() > 1))
        refuse(ErrorCode::TensorType,
               where((*matrices[0])[0]),
               matrix ? "is one of several experts, of which some hold F8_E4M3 elements and some "
                        "do not"
                      : "holds F8_E4M3 elements, expected F32, BF16 or F16 (norm or router)");
    return matrix && types.size() == 1 ? *types.begin() : DType::F32;
}

void Finder::findSlot(TensorSlot slot) {
    tensor_ = out_.parts.layouts.size();
    std::vector<const Places*> matrices;
    for (int m = 0; m < slot.numMatrices(); ++m) matrices.push_back(&placesOf(slot, m));
    const DType type = typeOf(slot, matrices);
    const std::size_t firstPart = out_.parts.parts.size();
    const std::size_t firstScale = out_.parts.scales.size();
    out_.parts.layouts.push_back(
        {.slot = slot, .dtype = type, .numGroups = 0, .order = MatrixOrder::OutputsFirst});
    for (int m = 0; m < slot.numMatrices(); ++m)
        addMatrix(slot, m, *matrices[static_cast<std::size_t>(m)]);

    out_.tensors.push_back(infoOf(slot, (*matrices[0])[0], firstPart, firstScale));
}

TensorInfo Finder::infoOf(const TensorSlot& slot,
                          const HfPlace& first,
                          std::size_t firstPart,
                          std::size_t firstScale) const {
    const bool several = slot.numMatrices() > 1;
    const FullShape full = fullShape(slot);
    TensorInfo info{.name = several ? hfName(naming_, slot, "*") : std::string(first.entry->name),
                    .file = shownText(fileName(first)),
                    .dtype = *first.entry->type->dtype,
                    .shape = {},
                    .bytes = 0};
    if (several) info.shape.push_back(slot.numMatrices());
    if (!full.vector) info.shape.push_back(static_cast<std::int64_t>(full.rows));
    info.shape.push_back(static_cast<std::int64_t>(full.columns));
    for (std::size_t i = firstPart; i < out_.parts.parts.size(); ++i)
        info.bytes += out_.parts.parts[i].bytes();
    for (std::size_t i = firstScale; i < out_.parts.scales.size(); ++i)
        info.bytes += storedBytes(out_.parts.scales[i].stored,
                                  static_cast<std::uint64_t>(out_.parts.scales[i].count));
    return info;
}

void Finder::addMatrix(const TensorSlot& slot, int matrix, const Places& places) {
    const FullShape full = fullShape(slot);
    const SafetensorsEntry& first = *places[0].entry;
    for (const HfPlace& place : places)
        if (place.entry->shape != first.shape || place.entry->type != first.type)
            refuse(ErrorCode::TensorShape,
                   where(place),
                   fmt::format("has {} elements of shape {}, but {} of shape {} in {}",
                               place.entry->type->name,
                               shapeText(*place.entry),
                               first.type->name,
                               shapeText(first),
                               shownText(fileName(places[0]))));
    const auto isFull = full.vector ? first.shape == std::vector{full.columns}
                                    : first.shape == std::vector{full.rows, full.columns};
    if (isFull) {
        addPart(matrix, full, 0, 0, places[0]);
        addCopies(places);
    } else {
        addShares(slot, matrix, places, full);
    }
    if (first.type->dtype == DType::F8E4M3)
        addScales(matrix, full, isFull ? Cut::None : cutOf(slot), places);
}

void Finder::addPart(int matrix,
                     const FullShape& share,
                     std::uint64_t row,
                     std::uint64_t column,
                     const HfPlace& place) {
    out_.parts.parts.push_back({.file = place.file,
                                .offset = place.entry->offset,
                                .stored = *place.entry->type->dtype,
                                .numRows = static_cast<std::int64_t>(share.rows),
                                .numColumns = static_cast<std::int64_t>(share.columns),
                                .tensor = tensor_,
                                .matrix = matrix,
                                .firstRow = static_cast<std::int64_t>(row),
                                .firstColumn = static_cast<std::int64_t>(column),
                                .name = shownText(place.entry->name)});
}

/// Each rank's share, in the order of the ranks.
std::vector<const HfPlace*> Finder::byRank(const Places& places, std::uint64_t numRanks) const {
    std::vector<const HfPlace*> shares(static_cast<std::size_t>(numRanks));
    for (const HfPlace& place : places) {
        const auto rank = rankOf(fileName(place));
        if (!rank || static_cast<std::uint64_t>(*rank) >= numRanks)
            refuse(ErrorCode::TensorShape,
                   where(place),
                   fmt::format("has shape {}, one of {} shares, but the file is not that of a rank "
                               "from 0 to {}",
                               shapeText(*place.entry),
                               numRanks,
                               numRanks - 1));
        const HfPlace*& share = shares[static_cast<std::size_t>(*rank)];
        if (share != nullptr)
            refuse(ErrorCode::TensorTwice,
                   where(place),
                   fmt::format("is the share of rank {}, and so is that in {}",
                               *rank,
                               shownText(fileName(*share))));
        share = &place;
    }
    for (std::size_t rank = 0; rank < shares.size(); ++rank)
        if (shares[rank] == nullptr)
            refuse(ErrorCode::FileMissing,
                   where(places[0]),
                   fmt::format("is one of {} shares, but that of rank {} is missing (a file that "
                               "ends in -{:03}.safetensors); {} are there",
                               numRanks,
                               rank,
                               rank,
                               places.size()));
    return shares;
}

void Finder::addShares(const TensorSlot& slot,
                       int matrix,
                       const Places& places,
                       const FullShape& full) {
    const SafetensorsEntry& first = *places[0].entry;
    const Cut cut = cutOf(slot);
    const std::size_t axis = cut == Cut::Columns ? 1 : 0;
    const std::array<std::uint64_t, 2> whole{full.rows, full.columns};
    const bool divides = cut != Cut::None && first.shape.size() == 2 && first.shape[axis] > 0 &&
                         first.shape[1 - axis] == whole[1 - axis] &&
                         first.shape[axis] < whole[axis] && whole[axis] % first.shape[axis] == 0 &&
                         whole[axis] / first.shape[axis] <= kMostRanks &&
                         rankOf(fileName(places[0]));
    if (!divides)
        refuse(ErrorCode::TensorShape,
               where(places[0]),
               fmt::format("has shape {}, expected {} (from config.json){}",
                           shapeText(first),
                           full.text(),
                           places.size() == 1 || cut == Cut::None
                               ? ""
                               : fmt::format(" or a share of it along dimension {}", axis)));
    const auto shares = byRank(places, whole[axis] / first.shape[axis]);
    const FullShape share{.rows = first.shape[0], .columns = first.shape[1]};
    for (std::size_t rank = 0; rank < shares.size(); ++rank)
        addPart(matrix,
                share,
                cut == Cut::Rows ? rank * share.rows : 0,
                cut == Cut::Columns ? rank * share.columns : 0,
                *shares[rank]);
}

void Finder::addCopies(const Places& places) {
    for (std::size_t i = 1; i < places.size(); ++i)
        out_.copies.push_back({.tensor = tensor_,
                               .name = shownText(places[0].entry->name),
                               .firstFile = places[0].file,
                               .firstOffset = places[0].entry->offset,
                               .otherFile = places[i].file,
                               .otherOffset = places[i].entry->offset,
                               .bytes = places[0].entry->bytes});
}

void Finder::addScale(int matrix,
                      std::uint64_t firstRow,
                      std::uint64_t rows,
                      const HfPlace& place) {
    const SafetensorsEntry& entry = *place.entry;
    const auto type = entry.type->dtype;
    if (!type || *type == DType::F8E4M3)
        refuse(
            ErrorCode::TensorType,
            where(place),
            fmt::format("holds {} elements, expected F32, BF16 or F16 (scales)", entry.type->name));
    std::uint64_t count = 1;
    for (const std::uint64_t size : entry.shape) count *= size;
    const bool perRow = count == rows && !entry.shape.empty() && entry.shape[0] == rows;
    if (count != 1 && !perRow)
        refuse(ErrorCode::TensorShape,
               where(place),
               fmt::format("has shape {}, expected one scale, or one for each of {} rows (scales "
                           "of blocks are not read)",
                           shapeText(entry),
                           rows));
    out_.parts.scales.push_back({.file = place.file,
                                 .offset = entry.offset,
                                 .stored = *type,
                                 .count = static_cast<std::int64_t>(count),
                                 .tensor = tensor_,
                                 .matrix = matrix,
                                 .firstRow = static_cast<std::int64_t>(firstRow),
                                 .numRows = static_cast<std::int64_t>(rows),
                                 .name = shownText(entry.name)});
}

void Finder::addScales(int matrix, const FullShape& full, Cut cut, const Places& weights) {
    const std::string name(weights[0].entry->name);
    auto found = files_.places.end();
    for (const std::string& scale : hfScaleNames(name)) {
        const auto candidate = files_.places.find(scale);
        if (candidate == files_.places.end()) continue;
        if (found != files_.places.end())
            refuse(ErrorCode::TensorTwice,
                   where(candidate->second[0]),
                   fmt::format("is a second scale beside {}", shownText(found->first)));
        found = candidate;
    }
    if (found == files_.places.end())
        refuse(ErrorCode::TensorMissing,
               where(weights[0]),
               fmt::format("holds F8_E4M3 elements, but no file holds their scale, {}",
                           shownText(hfScaleNames(name)[0])));
    used_.insert(found->first);
    const Places& places = found->second;
    if (places.size() == 1 || cut != Cut::Rows) {
        // Columns of several ranks share an output's scale, which can only be one.
        addScale(matrix, 0, full.rows, places[0]);
        for (const HfPlace& place : places)
            if (place.entry->shape != places[0].entry->shape ||
                place.entry->type != places[0].entry->type)
                refuse(ErrorCode::TensorShape,
                       where(place),
                       fmt::format("has shape {}, but {} in another share",
                                   shapeText(*place.entry),
                                   shapeText(*places[0].entry)));
        return addCopies(places);
    }
    const std::uint64_t rows = weights[0].entry->shape[0];
    const auto shares = byRank(places, full.rows / rows);
    for (std::size_t rank = 0; rank < shares.size(); ++rank)
        addScale(matrix, rank * rows, rows, *shares[rank]);
}

void Finder::checkLeftovers() {
    std::map<std::string_view, std::pair<std::string_view, int>> leftOut;  // reason: first, count
    for (const auto& [name, places] : files_.places) {
        if (used_.contains(name)) continue;
        const auto reason = leftOutReason(name);
        if (!reason)
            refuse(ErrorCode::TensorUnknown,
                   where(places[0]),
                   "belongs to no parameter of the model that config.json describes");
        auto& [first, count] = leftOut[*reason];
        if (count++ == 0) first = name;
    }
    for (const auto& [reason, found] : leftOut)
        out_.remarks.push_back(fmt::format("{} {} left out ({}{}): {}",
                                           found.second,
                                           found.second == 1 ? "tensor is" : "tensors are",
                                           shownText(found.first),
                                           found.second == 1 ? "" : " ...",
                                           reason));
}

}  // namespace

HfParts findParameters(const HfConfig& config, const HfFiles& files) {
    return Finder(config, files).find();
}

}  // namespace gatescope

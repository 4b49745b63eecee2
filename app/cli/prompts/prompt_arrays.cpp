#include "app/cli/prompts/prompt_arrays.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "engine/error.h"
#include "engine/io/npy.h"
#include "engine/store/recording_arrays.h"
#include "engine/store/zip_writer.h"

namespace gatescope::cli {
namespace {

constexpr std::int64_t kLargestArray = std::int64_t{8} << 30U;

struct Joined {
    RecordingArrays arrays;  ///< of all; its manifest and message stay empty
    std::vector<std::int32_t> prompt;
    std::vector<std::int32_t> tag;
};

/// Copies [L, t, width] of one recording to tokens [at, at + t) of [L, T, width].
template <class T>
void place(const std::vector<T>& from,
           std::int64_t tokens,
           std::int64_t at,
           std::int64_t width,
           const RecordingArrays& all,
           std::vector<T>& to) {
    for (std::int64_t layer = 0; layer < all.numLayers; ++layer)
        std::copy_n(from.begin() + layer * tokens * width,
                    tokens * width,
                    to.begin() + (layer * all.numTokens + at) * width);
}

template <class T>
void append(const std::vector<T>& from, std::vector<T>& to) {
    to.insert(to.end(), from.begin(), from.end());
}

void reserve(const std::vector<RecordingArrays>& parts,
             const std::filesystem::path& target,
             RecordingArrays& all) {
    for (const auto& part : parts) {
        all.numTokens += part.numTokens;
        all.numLayers = std::max(all.numLayers, part.numLayers);
        all.numExperts = std::max(all.numExperts, part.numExperts);
        all.numSelected = std::max(all.numSelected, part.numSelected);
    }
    const std::int64_t rows = all.numLayers * all.numTokens;
    if (rows * all.numExperts > kLargestArray / 4)
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: {} tokens are too many for one archive of at most {} bytes; "
                                "the recordings are written, export them one by one",
                                target.string(),
                                all.numTokens,
                                kLargestArray));
    all.routerProbs.assign(static_cast<std::size_t>(rows * all.numExperts),
                           std::numeric_limits<float>::quiet_NaN());
    all.routerLse.assign(static_cast<std::size_t>(rows), std::numeric_limits<float>::quiet_NaN());
    all.selected.assign(static_cast<std::size_t>(rows * all.numSelected), -1);
    all.gates.assign(static_cast<std::size_t>(rows * all.numSelected), 0.0F);
    all.textOffsets.push_back(0);
}

void add(const RecordingArrays& part, std::int64_t at, RecordingArrays& all) {
    if (part.numLayers == all.numLayers && part.numExperts == all.numExperts &&
        part.numSelected == all.numSelected) {
        place(part.routerProbs, part.numTokens, at, all.numExperts, all, all.routerProbs);
        place(part.routerLse, part.numTokens, at, 1, all, all.routerLse);
        place(part.selected, part.numTokens, at, all.numSelected, all, all.selected);
        place(part.gates, part.numTokens, at, all.numSelected, all, all.gates);
    }
    append(part.tokens, all.tokens);
    append(part.logProbs, all.logProbs);
    append(part.generated, all.generated);
    const auto before = static_cast<std::int32_t>(all.text.size());
    for (std::size_t t = 1; t < part.textOffsets.size(); ++t)
        all.textOffsets.push_back(before + part.textOffsets[t]);
    all.text += part.text;
}

Joined join(const std::vector<TaggedRecording>& recordings, const std::filesystem::path& target) {
    std::vector<RecordingArrays> parts;
    for (const auto& recording : recordings)
        parts.push_back(arraysOf(readRecording(recording.file), recording.file, 0));
    Joined joined;
    reserve(parts, target, joined.arrays);
    std::int64_t at = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto tokens = static_cast<std::size_t>(parts[i].numTokens);
        add(parts[i], at, joined.arrays);
        joined.prompt.insert(joined.prompt.end(), tokens, static_cast<std::int32_t>(i));
        joined.tag.insert(joined.tag.end(), tokens, recordings[i].tag);
        at += parts[i].numTokens;
        parts[i] = {};
    }
    return joined;
}

}  // namespace

void writePromptArrays(const std::vector<TaggedRecording>& recordings,
                       const std::string& manifest,
                       const std::filesystem::path& target) {
    const auto [a, prompt, tag] = join(recordings, target);
    const std::vector<std::int64_t> perExpert{a.numLayers, a.numTokens, a.numExperts};
    const std::vector<std::int64_t> perSelected{a.numLayers, a.numTokens, a.numSelected};
    const std::vector<std::int64_t> perRouter{a.numLayers, a.numTokens};
    const std::vector<std::int64_t> perToken{a.numTokens};
    const std::vector<std::int64_t> perOffset{a.numTokens + 1};
    writeZip(target,
             {{"router_probs.npy", npyBytes<float>(perExpert, a.routerProbs)},
              {"router_lse.npy", npyBytes<float>(perRouter, a.routerLse)},
              {"selected.npy", npyBytes<std::int32_t>(perSelected, a.selected)},
              {"gates.npy", npyBytes<float>(perSelected, a.gates)},
              {"tokens.npy", npyBytes<std::int32_t>(perToken, a.tokens)},
              {"logprobs.npy", npyBytes<float>(perToken, a.logProbs)},
              {"generated.npy", npyBytes<std::int32_t>(perToken, a.generated)},
              {"prompt.npy", npyBytes<std::int32_t>(perToken, prompt)},
              {"tag.npy", npyBytes<std::int32_t>(perToken, tag)},
              {"text_offsets.npy", npyBytes<std::int32_t>(perOffset, a.textOffsets)},
              {"text.txt", a.text},
              {"manifest.json", manifest}});
}

}  // namespace gatescope::cli

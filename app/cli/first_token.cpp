#include "app/cli/first_token.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "app/cli/page_cache.h"
#include "app/cli/progress_bar.h"
#include "engine/model/native/start_copies.h"
#include "engine/model/weights_assembly.h"

namespace gatescope::cli {
namespace {

using Files = std::vector<std::filesystem::path>;

/// A page that someone else reads meanwhile is no reason to throw the measurement away.
constexpr double kNearly = 0.01;

/// What a start found; no seconds: interrupted.
struct Start {
    LoadedModel model;
    std::optional<double> seconds;
};

Start start(const StartOptions& options, const std::stop_token& stop) {
    const auto begin = std::chrono::steady_clock::now();
    Start started{.model = beginLoading(
                      openWhole(options.model), options.decoder, options.contextTokens, stop)};
    Decoder* const decoder = started.model.decoder.get();
    if (decoder == nullptr) return started;
    const auto cache = decoder->makeCache(options.contextTokens);
    const TokenId token = 1;
    StepOutput out;
    if (decoder->forward({.tokens = {&token, 1}}, *cache, {}, out, stop) == StepStatus::Stopped) {
        started.model.decoder.reset();
        return started;
    }
    const auto end = std::chrono::steady_clock::now();
    finishLoading(started.model);
    if (!started.model.decoder) return started;
    requireFinite(out, decoder->config(), 0);
    started.seconds = std::chrono::duration<double>(end - begin).count();
    return started;
}

/// What a start may read: the model's files, whose bytes go to `modelBytes`, and its start copy.
Files filesOf(const StartOptions& options, std::uint64_t& modelBytes) {
    const auto source = openWhole(options.model);
    Files files = modelFiles(*source, options.model);
    modelBytes = totalBytes(files);
    if (readsPanels(options.decoder))
        if (const auto copy = findStartCopy(options.decoder.startCopies, *source))
            files.push_back(copy->file);
    return files;
}

/// Why the files cannot be started from cold, or nothing: then they are.
std::string makeCold(const Files& files) {
    if (files.empty()) return "the weights are made, not read";
    dropFromPageCache(files);
    const auto cached = cachedShare(files);
    if (!cached) return "the system does not tell what is in its page cache";
    if (*cached <= kNearly) return {};
    return fmt::format("{:.0f} % of the files stayed in the page cache", 100 * *cached);
}

/// Why the files cannot be started from warm, or nothing: then they are.
std::string makeWarm(const Files& files, const std::stop_token& stop) {
    if (files.empty()) return "the weights are made, not read";
    if (isTooLargeToCache(totalBytes(files), availableMemory()))
        return "the files are too large for the page cache beside the weights";
    if (!readIntoPageCache(files, stop)) return "interrupted";
    const auto cached = cachedShare(files);
    if (!cached) return "the system does not tell what is in its page cache";
    if (*cached >= 1 - kNearly) return {};
    return fmt::format("only {:.0f} % of the files stayed in the page cache", 100 * *cached);
}

}  // namespace

Starts startModel(const StartOptions& options, const std::stop_token& stop) {
    Starts starts;
    const Files files = filesOf(options, starts.fileBytes);
    const auto startInto = [&](FirstToken& first) {
        starts.model = {};  // there may be no room for two
        Start started = start(options, stop);
        starts.model = std::move(started.model);
        first.seconds = started.seconds;
        return started.seconds.has_value();
    };
    starts.cold.whyNot = options.cold ? makeCold(files) : "not asked for";
    if (starts.cold.whyNot.empty() && !startInto(starts.cold)) return starts;
    starts.warm.whyNot = options.warm ? makeWarm(files, stop) : "not asked for";
    if (starts.warm.whyNot.empty() && !startInto(starts.warm)) return starts;
    if (FirstToken neither; !starts.model.decoder) startInto(neither);
    return starts;
}

}  // namespace gatescope::cli

// What looking costs, as a share of a token: decoding with the routing thrown away, with every
// token's record kept, and with the records also written to a library on disk, as a conversation's
// are. One round decodes the same tokens at the same places in all three ways, one behind the
// other, in an order that rotates: what else the machine does meets all three alike.
//
//   capture_bench [MODEL] [THREADS] [ROUNDS] [FOLDER]

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/bench_speeds.h"
#include "engine/decoder/decoder.h"
#include "engine/model/open_model.h"
#include "engine/store/store_writer.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPrompt = 32;
constexpr int kTokens = 48;  ///< of one way in one round
/// As ChatSession commits a reply that is being written.
constexpr std::chrono::milliseconds kCommitInterval{150};

enum class Way { Off, Kept, Written };
constexpr std::array kWays{Way::Off, Way::Kept, Way::Written};

double secondsSince(Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
}

/// Processor time of this thread.
double threadSeconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// A reply in a real library, which gets its tokens piece by piece from the store's own thread.
class WrittenReply {
  public:
    explicit WrittenReply(const std::filesystem::path& file) : writer_(file) {
        writer_.setErrorHandler([](const std::string& sentence) {
            fmt::print(stderr, "error: {}\n", sentence);
            std::exit(4);  // what would be measured from here on is not what is said
        });
        writer_.post([this](ConversationStore& store) {
            const auto conversation = store.createConversation({});
            reply_ = store.addMessage(conversation, {.role = Role::Assistant});
        });
        writer_.flush();
    }

    void add(RoutingRecordPtr record) {
        TokenRecord token;
        token.generated = true;
        token.text = " word";
        token.routing = std::move(record);
        waiting_.push_back(std::move(token));
        if (Clock::now() - committed_ >= kCommitInterval) commit();
    }

    void commit() {
        committed_ = Clock::now();
        writer_.post([this, tokens = std::move(waiting_)](ConversationStore& store) {
            const double before = threadSeconds();
            store.appendToMessage(reply_, " words", tokens, MessageState::Streaming, {});
            writing_ += threadSeconds() - before;
        });
        waiting_.clear();
        writer_.poll();
    }

    /// Processor time of the store's thread for all of it.
    double finish() {
        commit();
        writer_.flush();
        return writing_;
    }

  private:
    MessageId reply_ = 0;  ///< the writer's thread, as what follows
    double writing_ = 0;   ///< seconds
    std::vector<TokenRecord> waiting_;
    Clock::time_point committed_ = Clock::now();
    StoreWriter writer_;  ///< last: its jobs use the above
};

class Bench {
  public:
    Bench(Decoder& decoder, std::filesystem::path folder)
        : decoder_(decoder),
          folder_(std::move(folder)),
          cache_(decoder.makeCache(kPrompt + kTokens)) {
        for (int i = 0; i < kPrompt + kTokens; ++i)
            tokens_.push_back(1 + (i * 7919) % (decoder.config().vocabSize - 1));
        decoder_.forward({.tokens = std::span(tokens_).first(kPrompt)}, *cache_, {}, out_, {});
    }

    /// Seconds a token. What is written after the last token is not counted: it holds nothing up.
    double secondsPerToken(Way way) {
        std::vector<RoutingRecordPtr> kept;
        kept.reserve(kTokens);
        std::unique_ptr<WrittenReply> written;
        const auto file = folder_ / "capture_bench.db";
        if (way == Way::Written) written = std::make_unique<WrittenReply>(file);
        cache_->truncate(kPrompt);
        const auto start = Clock::now();
        for (int i = 0; i < kTokens; ++i) {
            const auto at = static_cast<std::size_t>(kPrompt + i);
            decoder_.forward({.tokens = std::span(tokens_).subspan(at, 1)}, *cache_, {}, out_, {});
            if (way == Way::Off) continue;
            const double before = threadSeconds();
            kept.push_back(
                std::make_shared<const RoutingRecord>(out_.record(decoder_.config(), 0)));
            keeping_ += threadSeconds() - before;
            ++numKept_;
            if (!written) continue;
            ++numWritten_;
            written->add(kept.back());
        }
        const double seconds = secondsSince(start) / kTokens;
        if (written) writing_ += written->finish();
        written.reset();
        for (const char* suffix : {"", "-wal", "-shm"})
            std::filesystem::remove(file.string() + suffix);
        return seconds;
    }

    /// Processor seconds a token: what else the machine does hardly moves them.
    double keepingATokenTakes() const { return keeping_ / numKept_; }
    double writingATokenTakes() const { return writing_ / numWritten_; }

  private:
    Decoder& decoder_;
    std::filesystem::path folder_;
    std::unique_ptr<KvCache> cache_;
    std::vector<TokenId> tokens_;
    StepOutput out_;
    double keeping_ = 0;
    double writing_ = 0;
    int numKept_ = 0;
    int numWritten_ = 0;
};

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

void print(const char* name, const cli::CaptureCost& cost) {
    fmt::print("{:<34} {:+.2f} %", name, cost.percent);
    if (cost.interval)
        fmt::print("  (95 %: {:+.2f} to {:+.2f})", cost.interval->low, cost.interval->high);
    fmt::print(", {} rounds\n", cost.pairs);
}

void run(const std::string& model, int threads, int rounds, const std::filesystem::path& folder) {
    const DecoderOptions options{.kind = "cpu", .threads = threads};
    auto weights = openModel(model)->load({}, {});
    layOutWeights(*weights, options, {});
    const auto decoder = makeDecoder(std::move(weights), options);
    Bench bench(*decoder, folder);
    std::array<std::vector<double>, kWays.size()> seconds;
    for (const Way way : kWays)
        bench.secondsPerToken(way);  // so that none pays for the first touch
    for (int round = 0; round < rounds; ++round)
        for (std::size_t i = 0; i < kWays.size(); ++i) {
            const std::size_t way = (i + static_cast<std::size_t>(round)) % kWays.size();
            seconds[way].push_back(bench.secondsPerToken(kWays[way]));
        }
    fmt::print("{}{} on {}, {} tokens a round\n",
               model.starts_with("synthetic:") ? "SYNTHETIC " : "",
               model,
               decoder->device(),
               kTokens);
    for (const auto& [name, way] :
         {std::pair{"off", 0}, std::pair{"kept", 1}, std::pair{"kept and written", 2}})
        fmt::print("{:<34} {:.2f} tokens/s (median)\n",
                   name,
                   1 / median(seconds[static_cast<std::size_t>(way)]));
    print("kept, against off", cli::captureCost(seconds[1], seconds[0]));
    print("kept and written, against off", cli::captureCost(seconds[2], seconds[0]));
    const double token = median(seconds[0]);
    fmt::print("{:<34} {:.1f} us a token, {:.3f} % of it\n",
               "processor: keeping",
               1e6 * bench.keepingATokenTakes(),
               100 * bench.keepingATokenTakes() / token);
    fmt::print("{:<34} {:.1f} us a token on the store's thread, {:.3f} % of a core\n",
               "processor: writing",
               1e6 * bench.writingATokenTakes(),
               100 * bench.writingATokenTakes() / token);
}

}  // namespace
}  // namespace gatescope

int main(int argc, char** argv) {
    const auto word = [&](int i, const char* otherwise) {
        return std::string(argc > i ? argv[i] : otherwise);
    };
    // A border: what is wrong is said in a sentence.
    try {
        gatescope::run(word(1, "synthetic:bench-1b"),
                       std::stoi(word(2, "0")),
                       std::max(1, std::stoi(word(3, "40"))),
                       word(4, std::filesystem::temp_directory_path().c_str()));
    } catch (const std::exception& error) {
        fmt::print(stderr, "error: {}\n", error.what());
        return 1;
    }
    return 0;
}

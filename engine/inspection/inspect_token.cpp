#include "engine/inspection/inspect_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "engine/decoder/step.h"
#include "engine/error.h"
#include "engine/generation/prompt.h"
#include "engine/inspection/inspection_checks.h"
#include "engine/sampling/log_sum_exp.h"

namespace gatescope {
namespace {

constexpr std::size_t kPromptTokens = 64;  // computed between two looks at the stop token
constexpr std::size_t kRowsAtOnce = 16;    // of logits

void checkRequest(const InspectionRequest& request, const ModelConfig& config) {
    if (request.alternatives < 1 || request.lensWords < 1)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{} alternatives and {} words a layer were asked for, expected at "
                                "least 1 of each",
                                request.alternatives,
                                request.lensWords));
    if (request.chosen && (*request.chosen < 0 || *request.chosen >= config.vocabSize))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("token {} was asked about, but the vocabulary has {}",
                                *request.chosen,
                                config.vocabSize));
    if (request.attention) checkHead(*request.attention, config);
}

/// How likely each word is by a row of logits, and what is read from it.
class WordChances {
  public:
    explicit WordChances(std::span<const float> logits)
        : logits_(logits), sum_(logSumExp(logits)) {}

    WordChance of(TokenId token) const {
        const float logit = logits_[static_cast<std::size_t>(token)];
        // On a tie the lower id is likelier, as the sampler has it.
        int rank = 0;
        for (std::size_t i = 0; i < logits_.size(); ++i)
            if (logits_[i] > logit || (logits_[i] == logit && i < static_cast<std::size_t>(token)))
                ++rank;
        return {token, logit, logProb(logit), rank};
    }

    std::vector<WordChance> likeliest(int count) const {
        std::vector<TokenId> ids(logits_.size());
        std::iota(ids.begin(), ids.end(), 0);
        const auto end = ids.begin() + std::min<std::ptrdiff_t>(count, std::ssize(ids));
        std::ranges::partial_sort(ids, end, [this](TokenId a, TokenId b) {
            const float x = logits_[static_cast<std::size_t>(a)];
            const float y = logits_[static_cast<std::size_t>(b)];
            return x > y || (x == y && a < b);
        });
        std::vector<WordChance> words;
        for (auto id = ids.begin(); id != end; ++id) {
            const float logit = logits_[static_cast<std::size_t>(*id)];
            words.push_back({*id, logit, logProb(logit), static_cast<int>(words.size())});
        }
        return words;
    }

    float entropyBits() const {
        double mean = 0;
        for (const float x : logits_) {
            const double logP = static_cast<double>(x) - sum_;
            mean -= std::exp(logP) * logP;
        }
        return static_cast<float>(mean / std::log(2.0));
    }

  private:
    float logProb(float logit) const {
        return static_cast<float>(static_cast<double>(logit) - sum_);
    }

    std::span<const float> logits_;
    double sum_;
};

/// One inspection on its way.
class Inspection {
  public:
    Inspection(Decoder& decoder, const InspectionRequest& request, const std::stop_token& stop)
        : decoder_(decoder), config_(decoder.config()), request_(request), stop_(stop) {}

    /// False: stopped, here as below.
    bool computeStep(Sequence& sequence, const EncodedPrompt& prompt) {
        const auto size = prompt.tokens.size();
        auto done = static_cast<std::size_t>(sequence.reuse(prompt, stop_).tokens);
        while (done < size) {
            const std::size_t most =
                std::min(kPromptTokens, std::max<std::size_t>(size - 1 - done, 1));
            const std::size_t end = endOfBatch(prompt, done, most);
            const bool last = end == size;
            const Batch batch{.tokens = std::span(prompt.tokens).subspan(done, end - done),
                              .logitsFor = last ? LogitsFor::LastToken : LogitsFor::None,
                              .tapResiduals = last,
                              .tapParts = last,
                              .tapAttention = last ? request_.attention : std::nullopt};
            if (sequence.extend(decoder_, batch, prompt.interventions[done], out_, stop_) ==
                StepStatus::Stopped)
                return false;
            requireFinite(out_, config_, done);
            done = end;
        }
        found_.id = request_.id;
        found_.position = static_cast<int>(size) - 1;
        found_.routing = sequence.routing(found_.position);
        found_.attentionHead = request_.attention;
        found_.attention = out_.attention;
        return true;
    }

    void findWords() {
        const WordChances chances(out_.logits);
        found_.words = chances.likeliest(request_.alternatives);
        if (!request_.chosen) return;
        const auto at = std::ranges::find(found_.words, *request_.chosen, &WordChance::token);
        found_.chosen = static_cast<int>(at - found_.words.begin());
        if (at == found_.words.end()) found_.words.push_back(chances.of(*request_.chosen));
    }

    bool lookThroughLens() {
        return forEachRow(out_.residuals, {}, [this](std::span<const float> logits) {
            const WordChances chances(logits);
            LensLayer layer{.likeliest = chances.likeliest(request_.lensWords),
                            .chosen = std::nullopt,
                            .entropyBits = chances.entropyBits()};
            if (request_.chosen) layer.chosen = chances.of(*request_.chosen);
            found_.lens.push_back(std::move(layer));
        });
    }

    bool attribute() {
        nameParts();
        const std::vector<float> rows = rowsOfParts();
        const auto whole = std::span(out_.residuals).last(width());
        return forEachRow(rows, whole, [this](std::span<const float> logits) {
            for (const WordChance& word : found_.words)
                found_.contributions.push_back(logits[static_cast<std::size_t>(word.token)]);
            double sum = 0;
            for (const float x : logits) sum += static_cast<double>(x);
            found_.meanContributions.push_back(
                static_cast<float>(sum / static_cast<double>(logits.size())));
        });
    }

    TokenInspection take() { return std::move(found_); }

  private:
    std::size_t width() const { return static_cast<std::size_t>(config_.dModel); }

    /// StepOutput::parts, but those of experts that a layer did not select.
    std::vector<float> rowsOfParts() {
        std::vector<float> rows = out_.embedded;
        for (int layer = 0; layer < config_.numLayers; ++layer)
            for (int which = 0; which <= found_.routing->numSelectedIn(layer); ++which) {
                const auto part = partOf(out_, layer, 0, which);
                rows.insert(rows.end(), part.begin(), part.end());
            }
        return rows;
    }

    /// As rowsOfParts() has them.
    void nameParts() {
        using Source = ResidualPart::Source;
        found_.parts.push_back({.source = Source::Embedding});
        for (int layer = 0; layer < config_.numLayers; ++layer) {
            found_.parts.push_back({.source = Source::Attention, .layer = layer});
            for (int s = 0; s < found_.routing->numSelectedIn(layer); ++s)
                found_.parts.push_back(
                    {.source = Source::Expert,
                     .layer = layer,
                     .expert = found_.routing->layerSelected(layer)[static_cast<std::size_t>(s)],
                     .gate = found_.routing->layerGates(layer)[static_cast<std::size_t>(s)]});
        }
    }

    /// read(logits [vocabSize]) of every row of `rows`, in order.
    template <class Read>
    bool forEachRow(std::span<const float> rows, std::span<const float> whole, const Read& read) {
        const std::size_t numRows = rows.size() / width();
        const auto vocabulary = static_cast<std::size_t>(config_.vocabSize);
        for (std::size_t begin = 0; begin < numRows; begin += kRowsAtOnce) {
            const std::size_t count = std::min(kRowsAtOnce, numRows - begin);
            logits_.resize(count * vocabulary);
            if (decoder_.logitsOf(
                    rows.subspan(begin * width(), count * width()), whole, logits_, stop_) ==
                StepStatus::Stopped)
                return false;
            for (std::size_t row = 0; row < count; ++row)
                read(std::span<const float>(logits_).subspan(row * vocabulary, vocabulary));
        }
        return true;
    }

    Decoder& decoder_;
    const ModelConfig& config_;
    const InspectionRequest& request_;
    const std::stop_token& stop_;
    StepOutput out_;
    std::vector<float> logits_;
    TokenInspection found_;
};

}  // namespace

std::optional<TokenInspection> inspectToken(Decoder& decoder,
                                            Sequence& sequence,
                                            const Tokenizer* tokenizer,
                                            const InspectionRequest& request,
                                            const std::stop_token& stop) {
    checkRequest(request, decoder.config());
    const EncodedPrompt prompt =
        encodeForInspection(request.prompt, tokenizer, decoder.config(), sequence.capacity());
    Inspection inspection(decoder, request, stop);
    if (!inspection.computeStep(sequence, prompt)) return std::nullopt;
    inspection.findWords();
    if (!inspection.lookThroughLens() || !inspection.attribute()) return std::nullopt;
    return inspection.take();
}

}  // namespace gatescope

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "engine/check.h"
#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/step.h"

namespace gatescope {
namespace {

/// Steps under way: while the host looks at what one gave, the device computes the next.
constexpr int kStepsAhead = 2;
static_assert(kStepsAhead + 1 < cuda::DrawMemory::kSlots);

/// Looking again at once, and later with pauses that are short beside a step.
constexpr int kLooksAtOnce = 100;
constexpr std::chrono::microseconds kPause{20};

}  // namespace

/// Steps are one graph that needs nothing of the host: each takes the token that the one before
/// drew. What it gave comes through the ring, without a wait.
class CudaDecoder::Reply final : public Continuation {
  public:
    Reply(CudaDecoder& decoder, const ContinuationStart& start)
        : decoder_(decoder),
          cache_(cacheOf<cuda::CudaKvCache>(start.cache)),
          mostTokens_(start.maxTokens),
          chunk_{.count = 1, .numLogits = 1, .numSelected = decoder.rules_.numSelected()} {
        decoder_.enqueueFirstDraw(start, chunk_);
    }
    ~Reply() override {
        // Steps ahead of who listened may still be running; what went wrong there is nobody's.
        (void)decoder_.gpu_->module().wait(decoder_.gpu_->stream());
    }
    Reply(const Reply&) = delete;
    Reply& operator=(const Reply&) = delete;

    SampledToken draw() override {
        (void)await(numTokens_, {});
        return decoder_.draw_.token(numTokens_);
    }

    StepStatus advance(StepOutput& out, const std::stop_token& stop) override {
        GS_CHECK_LT(numTokens_, mostTokens_);
        for (; numLaunched_ < std::min(numTokens_ + kStepsAhead, mostTokens_); ++numLaunched_)
            launch();
        if (!await(numTokens_ + 1, stop)) return StepStatus::Stopped;
        const std::array token{decoder_.draw_.id(numTokens_)};
        prepareOutput({.tokens = token, .logitsFor = LogitsFor::None},
                      cache_,
                      chunk_.numSelected,
                      decoder_.config_,
                      out);
        Chunk chunk = chunk_;
        chunk.numLogits = 0;
        const Results results = decoder_.resultsAt(decoder_.draw_.results(numTokens_ + 1), chunk);
        decoder_.takeResults(results, chunk, out);
        if (*results.firstNonFinite == decoder_.config_.numLayers)
            out.firstNonFiniteLayer = decoder_.config_.numLayers;
        cache_.append(1);
        ++numTokens_;
        return StepStatus::Done;
    }

  private:
    void launch() {
        auto& step = cache_.replyStep();
        decoder_.record(step, chunk_, [&] {
            (void)decoder_.enqueueForward(chunk_, cache_, {});
            decoder_.enqueueDraw(chunk_);
        });
        step.graph.launch();
    }

    /// Until draw `index` is in the ring. False: `stop` was requested first.
    bool await(int index, const std::stop_token& stop) const {
        for (int looks = 0; !decoder_.draw_.published(index); ++looks) {
            if (stop.stop_requested()) return false;
            const bool busy = decoder_.gpu_->busy("a step was computed");
            GS_CHECK(busy || decoder_.draw_.published(index));
            if (looks >= kLooksAtOnce) std::this_thread::sleep_for(kPause);
        }
        return true;
    }

    CudaDecoder& decoder_;
    cuda::CudaKvCache& cache_;
    int mostTokens_;
    Chunk chunk_;
    int numTokens_ = 0;    ///< appended
    int numLaunched_ = 0;  ///< steps
};

std::unique_ptr<Continuation> CudaDecoder::continueFrom(const ContinuationStart& start) {
    GS_CHECK_EQ(static_cast<int>(start.logits.size()), config_.vocabSize);
    GS_CHECK(start.maxTokens >= 1);
    GS_CHECK_LE(start.cache.length() + start.maxTokens, start.cache.capacity());
    // What a token is pinned to comes from the host, step by step.
    if (start.interventions.pin) return nullptr;
    gpu_->use();
    setRules(start.interventions);
    reserveResults({.count = 1, .numLogits = 1, .numSelected = rules_.numSelected()});
    if (!draw_.holds(start.cache.capacity())) {
        ++placesVersion_;
        draw_ = {};
        draw_ = cuda::DrawMemory(gpu_, config_, start.cache.capacity(), mostRoutingBytes());
    }
    return std::make_unique<Reply>(*this, start);
}

/// What a step gives without logits, whatever interventions select.
std::size_t CudaDecoder::mostRoutingBytes() const {
    return resultsAt(nullptr, {.count = 1, .numSelected = config_.numExperts}).bytes;
}

/// The first token comes from logits that the host has, at the position behind the cache's last.
void CudaDecoder::enqueueFirstDraw(const ContinuationStart& start, const Chunk& chunk) {
    const Results results = resultsAt(deviceResults_.data(), chunk);
    *hostInputs_.position = start.cache.length() - 1;
    gpu_->copy(deviceInputs_.position, hostInputs_.position, inputBytes_);
    draw_.begin(start);
    enqueueDraw(draw_.firstLogits(), results.firstNonFinite, draw_.publish(nullptr, 0));
}

/// The end of a step: the next token, and the way of all that it gave to the host.
void CudaDecoder::enqueueDraw(const Chunk& chunk) {
    const Results results = resultsAt(deviceResults_.data(), chunk);
    Chunk routing = chunk;
    routing.numLogits = 0;
    enqueueDraw(results.logits,
                results.firstNonFinite,
                draw_.publish(deviceResults_.data(), resultsAt(nullptr, routing).bytes));
}

void CudaDecoder::enqueueDraw(const float* logits,
                              int* firstNonFinite,
                              const kernels::cuda::PublishStep& publish) {
    kernels::cuda::DrawToken op = draw_.draw(logits);
    op.token = deviceInputs_.tokens;
    op.position = deviceInputs_.position;
    op.firstNonFinite = firstNonFinite;
    check(gpu_->module().drawToken(op, gpu_->stream()));
    check(gpu_->module().rankTokens(draw_.rank(logits), gpu_->stream()));
    check(gpu_->module().publishStep(publish, gpu_->stream()));
}

}  // namespace gatescope

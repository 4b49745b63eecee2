#include "engine/offload/offload_clock.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope {

OffloadClock::OffloadClock(const OffloadMachine& machine, const OffloadSizes& sizes, MissPath path)
    : machine_(machine), sizes_(sizes), path_(path) {
    GS_CHECK(machine.gpu > 0 && machine.link > 0 && machine.host > 0 && machine.disk > 0);
    const auto bytes = static_cast<double>(sizes.expertBytes);
    const double source =
        path == MissPath::FromDisk ? std::min(machine.disk, machine.link) : machine.link;
    onGpu_ = bytes / machine.gpu;
    onCpu_ = bytes / machine.host;
    copy_ = bytes / source;
}

void OffloadClock::layer(const LayerLoad& load) {
    now_ += reading(sizes_.layerBytes);
    if (path_ == MissPath::OnCpu)
        computeOnCpu(load);
    else
        copyToGpu(load);
    misses_ += load.misses;
    copies_ += load.copies;
}

void OffloadClock::computeOnCpu(const LayerLoad& load) {
    now_ += std::max(load.hits * onGpu_, load.misses * onCpu_);
}

void OffloadClock::copyToGpu(const LayerLoad& load) {
    double computed = now_ + load.hits * onGpu_;
    for (const int place : load.guessed)
        computed = std::max(computed, guessBegin_ + (place + 1) * copy_) + onGpu_;
    linkFree_ = std::max(linkFree_, now_);
    for (int miss = static_cast<int>(load.guessed.size()); miss < load.misses; ++miss) {
        linkFree_ += copy_;
        computed = std::max(computed, linkFree_) + onGpu_;
    }
    guessBegin_ = linkFree_;
    linkFree_ += load.guesses * copy_;
    now_ = computed;
}

void OffloadClock::endToken() {
    now_ += reading(sizes_.tokenBytes);
}

double OffloadClock::takeSeconds() {
    double seconds = now_ - stretchBegin_;
    if (path_ == MissPath::OnCpu)
        seconds = std::max({seconds,
                            static_cast<double>(copies_) * copy_,
                            static_cast<double>(copies_ + misses_) * onCpu_});
    stretchBegin_ = now_;
    copies_ = 0;
    misses_ = 0;
    return seconds;
}

}  // namespace gatescope

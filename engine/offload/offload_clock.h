#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace gatescope {

/// How fast a machine moves weights, in bytes a second that are reached, not those of a data sheet.
struct OffloadMachine {
    double gpu = 4.0e12;  ///< the GPU reads its own memory: an H200 at 83 % of 4.8 TB/s
    double link = 56e9;   ///< host memory to the GPU: PCIe 5 x16
    double host = 400e9;  ///< the CPU reads host memory: 12 channels of DDR5
    double disk = 7e9;    ///< an NVMe disk
};

/// What a token reads of a model.
struct OffloadSizes {
    std::uint64_t expertBytes = 0;  ///< of one expert
    std::uint64_t layerBytes = 0;   ///< of a layer, beside its experts
    std::uint64_t tokenBytes = 0;   ///< beside the layers: the output matrix
};

/// Where experts that are missing in the GPU's memory are computed, or come from.
enum class MissPath {
    OnCpu,     ///< computed by the CPU out of host memory, beside the GPU
    FromHost,  ///< copied to the GPU
    FromDisk,  ///< the same, from the disk
};
inline constexpr std::array kMissPaths{MissPath::OnCpu, MissPath::FromHost, MissPath::FromDisk};

/// A layer of a token, as the cache met it.
struct LayerLoad {
    int hits = 0;
    int misses = 0;  ///< with those guessed
    int copies = 0;  ///< of the misses, those that were taken in
    /// Places in the layer's queue of guesses (what the layer before gave as `guesses`) of those
    /// misses that were guessed, rising.
    std::span<const int> guessed;
    int guesses = 0;  ///< experts of the next layer whose copy starts now
};

/// How long tokens take if reading weights is all that takes time. Used by one thread.
///
/// Per layer the GPU reads what is no expert, and then the router has spoken. Copied misses queue
/// on the link, in the order in which they became known: first what is still left of the guesses
/// made in the layer before (wrong ones too, because a copy that runs is not called back), then the
/// layer's other misses, then the guesses for the next layer. The GPU computes the experts that are
/// there, then each other one as it arrives; copies run on while it computes. Where the CPU
/// computes the misses, it does so beside the GPU, nothing is guessed, and the layer ends when both
/// have. Experts that are taken in are copied in the background then: a stretch of tokens takes no
/// less than their copies on the link, and no less than host memory takes to give them and what the
/// CPU computes. A disk gives no more than the link takes.
class OffloadClock {
  public:
    OffloadClock(const OffloadMachine& machine, const OffloadSizes& sizes, MissPath path);

    void layer(const LayerLoad& load);
    void endToken();
    /// Seconds since the last call, of all tokens in between: a stretch.
    double takeSeconds();

  private:
    double reading(std::uint64_t bytes) const { return static_cast<double>(bytes) / machine_.gpu; }
    void computeOnCpu(const LayerLoad& load);
    void copyToGpu(const LayerLoad& load);

    OffloadMachine machine_;
    OffloadSizes sizes_;
    MissPath path_;
    double onGpu_;  ///< seconds that an expert takes there
    double onCpu_;  ///< the same
    double copy_;   ///< seconds that one copy takes
    double now_ = 0;
    double linkFree_ = 0;    ///< when the copies that were asked for end
    double guessBegin_ = 0;  ///< when the first of the guesses begins to be copied
    double stretchBegin_ = 0;
    std::int64_t copies_ = 0;  ///< of the stretch, in the background
    std::int64_t misses_ = 0;  ///< of the stretch
};

}  // namespace gatescope

#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/weights.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {

// Tensor parallelism: each rank has some of the query heads, the KV heads that these look at, some
// columns of every expert, and some words of the output matrix. Norms, routers and the embedding
// are the same for all, so every rank routes alike. Behind attention and behind the experts each
// rank has a part of a sum [tokens, dModel]; Grok-1's norms stand behind both, so those two sums a
// layer are all that ranks have to say to each other (Shoeybi et al., "Megatron-LM", 2019; xAI's
// own run of Grok-1 is cut the same way, 8 ways, which its scale groups still show).

/// What one rank has.
struct RankShare {
    int rank = 0;
    int ranks = 1;
};

/// Which words' logits a rank computes: [begin, end), whole panels.
struct WordRange {
    int begin = 0;
    int end = 0;
};
WordRange wordsOf(const ModelConfig& config, RankShare share);

/// The sizes of a rank's part: fewer heads and columns, all else as it was. With more ranks than KV
/// heads, several ranks have the same one. Requires that requireRanks() takes them.
ModelConfig rankConfig(const ModelConfig& config, int ranks);

/// Throws Error(BadUsage) naming the size that `ranks` do not divide: query heads, KV heads (one of
/// the two divides the other), columns of an expert, in whole blocks and scale groups of `layouts`.
void requireRanks(const ModelConfig& config, const std::vector<TensorLayout>& layouts, int ranks);

/// The part of a tensor that a rank has, in one of its axes.
struct TensorCut {
    enum class Axis { Whole, Inputs, Outputs };
    Axis axis = Axis::Whole;
    int begin = 0;
    int end = 0;
};
TensorCut cutOf(const TensorSlot& slot, const ModelConfig& config, RankShare share);

/// How the part lies in memory: as the whole does.
TensorLayout layoutOf(const TensorLayout& whole, const TensorCut& cut);

/// Copies the part. `to` has the memory of layoutOf(whole.layout, cut). Requires that `whole` is
/// not in panels.
void copyCut(const TensorBytes& whole, const TensorCut& cut, const TensorMemory& to);

/// Cuts the layers of `weights` into one model a rank (ModelWeights::shards), tensor by tensor, and
/// gives back what has been cut: about the largest tensor is held twice at a time. The shards show
/// the rest (embedding, norms, routers) where it lies in `weights`, which is to outlive them; so
/// they have no words yet: showWords(). False when `stop` was requested: throw `weights` away.
/// Throws Error(NoMemory), and as requireRanks() does. Requires that nothing is in panels.
///   onRank  runs a body where a rank will compute, so that what it touches first lies there;
///   called
///           by several threads
using OnRank = std::function<void(int rank, const std::function<void()>& body)>;
bool cutIntoShards(ModelWeights& weights,
                   int ranks,
                   const OnRank& onRank,
                   const std::stop_token& stop);

/// The shards show the embedding and their words of the output matrix, as they lie now.
void showWords(ModelWeights& weights);

}  // namespace gatescope

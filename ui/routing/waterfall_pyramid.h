#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gatescope {

/// A probability in one byte, and back. The square root keeps small ones apart: an error of at most
/// 0.004 at p = 1, 0.0001 near p = 0.001. Rising, so the largest byte is that of the largest p.
std::uint8_t packProbability(float p);
float unpackProbability(std::uint8_t byte);

/// The router probabilities of many tokens, with the smallest and the largest of each 2, 4, 8 ...
/// tokens, so that any stretch of the conversation can be drawn by reading at most two samples a
/// pixel. A row is a cell of the heatmap, layer * numExperts + expert. Takes 3 bytes a cell and
/// token: 154 MB for 100,000 tokens of 512 cells. Only grows, in chunks, so that no append copies
/// what is there. A value without threads.
class WaterfallPyramid {
  public:
    explicit WaterfallPyramid(int rows = 0);

    int rows() const { return rows_; }
    int columns() const { return columns_; }  ///< tokens
    /// 1 + log2 of the columns, rounded up: level n has a sample for every 2^n tokens.
    int levels() const { return static_cast<int>(levels_.size()); }
    /// The next token, [rows] bytes. Costs O(rows * levels).
    void append(std::span<const std::uint8_t> cells);

    /// Of the tokens [index * 2^level, (index + 1) * 2^level) that are there; each [rows].
    struct Sample {
        const std::uint8_t* low;
        const std::uint8_t* high;
    };
    /// Requires a level and a sample that are there.
    Sample sample(int level, int index) const;
    std::size_t bytes() const;

  private:
    static constexpr int kChunk = 256;  ///< samples
    using Chunk = std::unique_ptr<std::uint8_t[]>;
    /// The first level needs one of the two.
    struct Level {
        std::vector<Chunk> low;
        std::vector<Chunk> high;
    };
    std::uint8_t* place(std::vector<Chunk>& chunks, int index) const;
    void merge(int level, int index, std::span<const std::uint8_t> cells, bool first);

    int rows_;
    int columns_ = 0;
    std::vector<Level> levels_;
};

}  // namespace gatescope

#pragma once

#include <cstdint>

#include "ui/selection.h"

namespace gatescope {

/// Which tokens the pixel columns of a picture show. Pixels are counted from the start of the
/// conversation at the present zoom, so that moving the picture by some pixels moves what they show
/// exactly, and a picture can be scrolled instead of drawn again. A pixel reads one or two samples
/// of the level of the pyramid whose samples are the widest that fit in it. Pure arithmetic; a
/// value type.
class TimeAxis {
  public:
    static constexpr double kMinTokensPerPixel = 1.0 / 32;

    /// Pixels in the picture, tokens in the conversation; keeps what is shown where it can.
    void setWidth(int pixels);
    void setTokens(int tokens);

    int width() const { return width_; }
    int tokens() const { return tokens_; }
    double tokensPerPixel() const { return tokensPerPixel_; }
    std::int64_t firstPixel() const { return firstPixel_; }
    int level() const { return level_; }

    /// All tokens, or as many as have a pixel column of at most 1 / kMinTokensPerPixel.
    void fit();
    /// The same at a zoom of a power of two, so that it stays while the conversation grows to twice
    /// its length; a token has at most 16 pixels.
    void fitRoundly();
    /// Times `factor` tokens a pixel; what pixel `x` shows stays there where it can.
    void zoom(double factor, int x);
    void pan(int pixels);
    /// The newest token at the right edge.
    void showEnd();
    /// Moves no farther than needed.
    void reveal(int token);

    /// Samples [first, end) of level() that pixel `x` shows: one, or two. Not cut to the tokens.
    struct Samples {
        int first;
        int end;
    };
    Samples samplesAt(int x) const;
    TokenRange tokensAt(int x) const;  ///< not cut to the tokens that are there
    /// The first pixel that shows `token`, or would: may lie outside the picture.
    int pixelOf(int token) const;

    friend bool operator==(const TimeAxis&, const TimeAxis&) = default;

  private:
    void setTokensPerPixel(double value);
    double largest() const;
    void keepInside();

    int width_ = 1;
    int tokens_ = 0;
    double tokensPerPixel_ = 1;
    int level_ = 0;
    double samplesPerPixel_ = 1;  ///< below 2; below 1 where a token has several pixels
    std::int64_t firstPixel_ = 0;
};

}  // namespace gatescope

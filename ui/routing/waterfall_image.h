#pragma once

#include <QImage>
#include <array>
#include <optional>
#include <vector>

#include "ui/routing/color_map.h"
#include "ui/routing/time_axis.h"
#include "ui/routing/waterfall_pyramid.h"

namespace gatescope {

/// The picture of a waterfall, kept from frame to frame: what only moved is moved, and only columns
/// that are new are drawn. A pixel has the colour of the largest probability it stands for, in its
/// tokens and in its rows, so that no single token is lost however far one is away. UI thread only.
class WaterfallImage {
  public:
    void setSize(QSize size);
    void setColors(const ColorMap& map, QColor ground);
    /// Which row of the pyramid each line shows, from the top.
    void setOrder(std::vector<int> rows);
    /// All is drawn anew next time: another conversation.
    void forget() { shown_.reset(); }
    /// Requires an axis as wide as the picture and an order of the pyramid's rows.
    void draw(const WaterfallPyramid& pyramid, const TimeAxis& axis);

    const QImage& image() const { return image_; }
    const std::vector<int>& order() const { return order_; }
    /// Lines [first, end) of the order that pixel row `y` stands for: at least one.
    struct Lines {
        int first;
        int end;
    };
    Lines linesAt(int y) const;
    int pixelOfLine(int line) const;  ///< the first pixel row that shows it

    /// Of the last draw(), for tests: columns drawn, and samples of a row read for them.
    int columnsDrawn() const { return columnsDrawn_; }
    int samplesRead() const { return samplesRead_; }

  private:
    void scroll(std::int64_t pixels);
    void drawColumns(const WaterfallPyramid& pyramid, const TimeAxis& axis, int first, int end);
    /// False where no token is.
    bool readColumn(const WaterfallPyramid& pyramid,
                    const TimeAxis::Samples& samples,
                    int level,
                    std::uint8_t* peaks);
    void paintBlock(int x, int count, int rows);

    QImage image_;
    std::array<QRgb, 256> colors_{};
    QRgb ground_ = 0xff000000;
    std::vector<int> order_;
    /// Columns are drawn some at a time, so that memory is written in lines.
    static constexpr int kBlock = 16;
    std::vector<std::uint8_t> peaks_;  ///< [kBlock, rows] of the columns being drawn
    std::array<bool, kBlock> filled_{};
    std::optional<TimeAxis> shown_;  ///< what the picture holds
    int columnsDrawn_ = 0;
    int samplesRead_ = 0;
};

}  // namespace gatescope

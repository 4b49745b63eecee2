#pragma once

#include <QStringList>
#include <QWidget>
#include <optional>
#include <vector>

#include "engine/routing/chance_band.h"
#include "ui/routing/color_map.h"
#include "ui/routing/heatmap_frame.h"
#include "ui/theme/theme.h"

namespace gatescope {

/// The scale of a heatmap with its numbers, what chance would give, and the key to the shapes. UI
/// thread only.
class HeatmapLegend : public QWidget {
    Q_OBJECT
  public:
    /// The shapes that are explained.
    enum class Key {
        First,
        Later,
        Earlier,
        Hatched,
        Ablated,
        Around,
        Forced,
        Swapped,
        Biased,
        Scaled,
        TopK
    };

    explicit HeatmapLegend(Theme& theme, QWidget* parent = nullptr);

    void setColorMap(const ColorMap& map);
    /// What the colour says, for people: "router probability".
    void setQuantity(const QString& quantity);
    /// The value that blind routing would give, and the band it would give it in; marked on the
    /// scale. Low NaN: the level alone.
    void setChance(std::optional<ChanceBand> chance);
    /// The key to shapes says nothing about an average, except for what a person changed.
    void setShowsChoices(bool shows);
    /// What hatched cells mean; empty: there are none.
    void setHatching(const QString& meaning);
    /// Names each kind of change that the frame marks, and no other.
    void setChanges(const HeatmapFrame& frame);
    /// "ablated", "biased", ...: what is named.
    QStringList changeTexts() const;
    /// A line of its own below the rest, such as what was taken away; empty: none.
    void setNote(const QString& note);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;  ///< scale and numbers, without the key to shapes

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QString chanceText() const;
    /// Quantity, numbers and, where it is known, chance.
    int linesOfScale() const { return chance_ ? 3 : 2; }
    void paintScale(QPainter& painter) const;
    void paintTicks(QPainter& painter, const QRect& bar) const;
    void paintChance(QPainter& painter, const QRect& bar) const;
    std::vector<QPoint> placesOfChanges(int width, int& height) const;
    void paintKeys(QPainter& painter) const;
    void paintEntry(QPainter& painter, Key key, const QString& text, QPoint at) const;
    void describe();

    Theme& theme_;
    ColorMap map_;
    QString quantity_;
    QString note_;
    QString hatching_;
    std::vector<Key> changes_;
    std::optional<ChanceBand> chance_;
    bool showsChoices_ = true;
};

}  // namespace gatescope

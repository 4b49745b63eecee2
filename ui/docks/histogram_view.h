#pragma once

#include <QWidget>
#include <optional>

#include "engine/model/tensor_histogram.h"

namespace gatescope {

class Theme;

/// The spread of a tensor's values as bars, with its range below and its numbers as accessible
/// text. UI thread only.
class HistogramView : public QWidget {
    Q_OBJECT
  public:
    explicit HistogramView(const Theme& theme, QWidget* parent = nullptr);

    void show(const TensorHistogram& histogram);
    void clear();
    /// "1,536 values from -0.31 to 0.25, mean ..., deviation ..., 0 zeros".
    QString summary() const;
    /// Null: nothing.
    const TensorHistogram* shown() const { return histogram_ ? &*histogram_ : nullptr; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    const Theme& theme_;
    std::optional<TensorHistogram> histogram_;
    std::vector<double> heights_;  ///< [bins] of the highest, 0 to 1
};

}  // namespace gatescope

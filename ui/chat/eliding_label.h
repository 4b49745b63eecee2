#pragma once

#include <QLabel>

namespace gatescope {

/// One line of plain text that ends in "…" where its room ends, and asks for no room of its own.
/// UI thread only.
class ElidingLabel : public QLabel {
    Q_OBJECT
  public:
    explicit ElidingLabel(QWidget* parent = nullptr);

    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
};

}  // namespace gatescope

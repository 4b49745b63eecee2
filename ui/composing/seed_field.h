#pragma once

#include <QWidget>
#include <cstdint>

#include "ui/engine_bridge.h"

class QLineEdit;
class QToolButton;

namespace gatescope {

class Theme;

/// The seed of replies: empty draws a new one for each. The lock keeps the one that the last reply
/// was drawn with, or gives it up again. UI thread only.
class SeedField : public QWidget {
    Q_OBJECT
  public:
    SeedField(const EngineBridge& bridge, const Theme& theme);

    void setSeed(std::uint64_t seed);
    /// 0: a new one each time.
    std::uint64_t seed() const;

  Q_SIGNALS:
    void seedChanged();

  private:
    void lock(bool on);
    void showLock();

    const EngineBridge& bridge_;
    const Theme& theme_;
    QLineEdit* text_ = nullptr;
    QToolButton* lock_ = nullptr;
};

}  // namespace gatescope

#include "ui/chat/fit_to_current.h"

#include <QComboBox>
#include <QFontMetrics>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kArrowAndPaddingSteps = 11;

}  // namespace

// The theme is asked, not the box: after a change of scale the box learns its font later.
void fitToCurrent(QComboBox& box, const Theme& theme) {
    const int icon = box.itemIcon(box.currentIndex()).isNull() ? 0 : box.iconSize().width() + 6;
    box.setFixedWidth(
        QFontMetrics(theme.font(FontRole::Body)).horizontalAdvance(box.currentText()) + icon +
        theme.space(kArrowAndPaddingSteps));
}

}  // namespace gatescope

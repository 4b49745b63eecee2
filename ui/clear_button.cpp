#include "ui/clear_button.h"

#include <QCoreApplication>
#include <QLineEdit>
#include <QToolButton>

namespace gatescope {
namespace {

struct ClearButtonText {
    Q_DECLARE_TR_FUNCTIONS(ClearButton)
};

}  // namespace

void addClearButton(QLineEdit& field) {
    field.setClearButtonEnabled(true);
    for (auto* button : field.findChildren<QToolButton*>())
        button->setAccessibleName(ClearButtonText::tr("Clear"));
}

}  // namespace gatescope

#include "ui/window/help_pages.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QLabel>
#include <QVBoxLayout>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

struct HelpPagesText {
    Q_DECLARE_TR_FUNCTIONS(HelpPages)
};

QVBoxLayout* openPage(QWidget* parent, const Theme& theme, const QString& title, QDialog*& dialog) {
    dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(title);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(12);
    auto* heading = new QLabel(title);
    heading->setFont(theme.font(FontRole::Title));
    column->addWidget(heading);
    return column;
}

void finish(QDialog* dialog, QVBoxLayout* column) {
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    QObject::connect(buttons, &QDialogButtonBox::rejected, dialog, &QDialog::reject);
    column->addWidget(buttons);
    dialog->open();
}

}  // namespace

void showAbout(QWidget* parent, const Theme& theme) {
    QDialog* dialog = nullptr;
    QVBoxLayout* column =
        openPage(parent,
                 theme,
                 HelpPagesText::tr("Gatescope %1").arg(QCoreApplication::applicationVersion()),
                 dialog);
    auto* text = new QLabel(
        HelpPagesText::tr(
            "Talk to a Grok-1 class mixture-of-experts model on your own machine and watch, token "
            "by "
            "token, which experts answer.\n\nApache-2.0. Built with Qt %1 (LGPL-3); a build with "
            "charts contains Qt Charts and is GPL-3 as a whole. docs/licences.md lists everything "
            "that is used.")
            .arg(QString::fromLatin1(qVersion())));
    text->setWordWrap(true);
    text->setMinimumWidth(420);
    column->addWidget(text);
    finish(dialog, column);
}

}  // namespace gatescope

#include "ui/chat/open_model_dialog.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {

OpenModelDialog::OpenModelDialog(const Theme& theme,
                                 const QString& demoModel,
                                 const QStringList& recent,
                                 QWidget* parent)
    : QDialog(parent) {
    setWindowTitle(tr("Open a model"));
    setMinimumWidth(560);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(10);
    auto* title = new QLabel(tr("Open a model"));
    title->setFont(theme.font(FontRole::Title));
    column->addWidget(title);
    auto* help = new QLabel(
        tr("The directory of an xAI checkpoint (it holds ckpt-0 and tokenizer.model), a Hugging "
           "Face directory of Grok-1 (config.json and .safetensors), a GGUF file of Grok-1 or the "
           "directory that holds its parts, or synthetic:NAME for random weights in the shapes of "
           "a known model: grok-1, "
           "grok-1-tiny, bench-1b."));
    help->setWordWrap(true);
    help->setProperty("kind", QStringLiteral("muted"));
    column->addWidget(help);

    auto* row = new QHBoxLayout;
    model_ = new QLineEdit;
    model_->setObjectName(QStringLiteral("modelPath"));
    model_->setAccessibleName(tr("Model"));
    model_->setPlaceholderText(tr("/path/to/checkpoint or synthetic:grok-1-tiny"));
    row->addWidget(model_, 1);
    auto* browseButton = new QPushButton(tr("Browse…"));
    connect(browseButton, &QPushButton::clicked, this, &OpenModelDialog::browse);
    row->addWidget(browseButton);
    column->addLayout(row);

    if (!recent.isEmpty()) {
        auto* label = new QLabel(tr("Opened before"));
        label->setProperty("kind", QStringLiteral("faint"));
        label->setFont(theme.font(FontRole::Small));
        column->addSpacing(6);
        column->addWidget(label);
    }
    for (const QString& model : recent) {
        auto* button =
            new QPushButton(fontMetrics().elidedText(visibleLine(model), Qt::ElideMiddle, 480));
        button->setProperty("kind", QStringLiteral("flat"));
        button->setIcon(theme.icon(QStringLiteral("model")));
        column->addWidget(button, 0, Qt::AlignLeft);
        connect(button, &QPushButton::clicked, this, [this, model] { choose(model); });
    }
    column->addSpacing(10);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Open | QDialogButtonBox::Cancel);
    buttons->button(QDialogButtonBox::Open)->setProperty("kind", QStringLiteral("primary"));
    if (!demoModel.isEmpty()) {
        QPushButton* demo =
            buttons->addButton(tr("Open the demo model"), QDialogButtonBox::ActionRole);
        demo->setIcon(theme.icon(QStringLiteral("demo")));
        connect(demo, &QPushButton::clicked, this, [this, demoModel] { choose(demoModel); });
    }
    connect(buttons, &QDialogButtonBox::accepted, this, [this] { choose(model_->text()); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
    model_->setFocus();
}

void OpenModelDialog::browse() {
    const QString directory =
        QFileDialog::getExistingDirectory(this, tr("Directory of a checkpoint"), QDir::homePath());
    if (!directory.isEmpty()) model_->setText(directory);
}

void OpenModelDialog::choose(const QString& model) {
    if (model.trimmed().isEmpty()) return;
    accept();
    Q_EMIT modelChosen(model.trimmed());
}

}  // namespace gatescope

#include "ui/chat/open_model_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>
#include <chrono>

#include "ui/chat/model_summary_view.h"
#include "ui/chat/visible_text.h"
#include "ui/plan/rig_plan_dialog.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kTypingPause{250};

}  // namespace

OpenModelDialog::OpenModelDialog(const Theme& theme,
                                 const QString& demoModel,
                                 const QStringList& recent,
                                 QWidget* parent)
    : QDialog(parent), theme_(theme) {
    setWindowTitle(tr("Open a model"));
    setMinimumWidth(360);
    resize(680, 640);
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
           "a known model: grok-1, grok-1-tiny, bench-1b, bench-tiny."));
    help->setWordWrap(true);
    help->setProperty("kind", QStringLiteral("muted"));
    column->addWidget(help);

    addPathRow(column);
    addDecoderRow(column);
    summary_ = new ModelSummaryView(theme);
    column->addWidget(summary_, 1);
    addRecent(column, theme, recent);
    addButtons(column, theme, demoModel);
    pause_.setSingleShot(true);
    pause_.setInterval(kTypingPause);
    connect(&pause_, &QTimer::timeout, this, &OpenModelDialog::readPreview);
    connect(model_, &QLineEdit::textChanged, this, &OpenModelDialog::expectPreview);
    connect(decoder_, &QComboBox::currentIndexChanged, this, &OpenModelDialog::expectPreview);
    connect(&reader_, &ModelPreviewReader::arrived, this, &OpenModelDialog::showPreview);
    expectPreview();
    model_->setFocus();
}

void OpenModelDialog::addPathRow(QVBoxLayout* column) {
    auto* row = new QHBoxLayout;
    model_ = new QLineEdit;
    model_->setObjectName(QStringLiteral("modelPath"));
    model_->setAccessibleName(tr("Model"));
    model_->setPlaceholderText(tr("/path/to/checkpoint or synthetic:grok-1-tiny"));
    row->addWidget(model_, 1);
    auto* folder = new QPushButton(tr("&Folder…"));
    folder->setAccessibleName(tr("Choose the folder of a model"));
    connect(folder, &QPushButton::clicked, this, &OpenModelDialog::browseFolder);
    row->addWidget(folder);
    auto* file = new QPushButton(tr("F&ile…"));
    file->setAccessibleName(tr("Choose the file of a model"));
    connect(file, &QPushButton::clicked, this, &OpenModelDialog::browseFile);
    row->addWidget(file);
    column->addLayout(row);
}

void OpenModelDialog::addDecoderRow(QVBoxLayout* column) {
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(tr("&Computed by"));
    label->setProperty("kind", QStringLiteral("muted"));
    row->addWidget(label);
    decoder_ = new QComboBox;
    decoder_->setObjectName(QStringLiteral("decoder"));
    decoder_->setAccessibleName(tr("Computed by"));
    decoder_->addItem(tr("this computer's processor"), QStringLiteral("cpu"));
    decoder_->addItem(tr("an NVIDIA GPU"), QStringLiteral("cuda"));
    label->setBuddy(decoder_);
    row->addWidget(decoder_);
    row->addStretch(1);
    plan_ = new QPushButton(tr("Plan for &more devices…"));
    plan_->setObjectName(QStringLiteral("planForMore"));
    plan_->setProperty("kind", QStringLiteral("flat"));
    plan_->setToolTip(
        tr("Where it would lie on several GPUs, and how fast it would answer: nothing is loaded"));
    connect(plan_, &QPushButton::clicked, this, &OpenModelDialog::planForMoreDevices);
    row->addWidget(plan_);
    column->addLayout(row);
}

void OpenModelDialog::setDecoder(const QString& kind) {
    const int index = decoder_->findData(kind);
    if (index >= 0) decoder_->setCurrentIndex(index);
}

void OpenModelDialog::addRecent(QVBoxLayout* column,
                                const Theme& theme,
                                const QStringList& recent) {
    if (recent.isEmpty()) return;
    auto* label = new QLabel(tr("Opened before"));
    label->setProperty("kind", QStringLiteral("faint"));
    label->setFont(theme.font(FontRole::Small));
    column->addWidget(label);
    for (const QString& model : recent) {
        auto* button =
            new QPushButton(fontMetrics().elidedText(visibleLine(model), Qt::ElideMiddle, 280));
        button->setAccessibleName(tr("Open %1").arg(visibleLine(model)));
        button->setProperty("kind", QStringLiteral("flat"));
        button->setIcon(theme.icon(QStringLiteral("model")));
        column->addWidget(button, 0, Qt::AlignLeft);
        connect(button, &QPushButton::clicked, this, [this, model] { choose(model); });
    }
}

void OpenModelDialog::addButtons(QVBoxLayout* column,
                                 const Theme& theme,
                                 const QString& demoModel) {
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Open | QDialogButtonBox::Cancel);
    open_ = buttons->button(QDialogButtonBox::Open);
    open_->setProperty("kind", QStringLiteral("primary"));
    if (!demoModel.isEmpty()) {
        QPushButton* demo =
            buttons->addButton(tr("Open the demo model"), QDialogButtonBox::ActionRole);
        demo->setIcon(theme.icon(QStringLiteral("demo")));
        connect(demo, &QPushButton::clicked, this, [this, demoModel] { choose(demoModel); });
    }
    connect(buttons, &QDialogButtonBox::accepted, this, [this] { choose(model_->text()); });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    column->addWidget(buttons);
    open_->setDefault(true);  // counts only once it is inside the dialog: Folder would be it
}

void OpenModelDialog::browseFolder() {
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Folder of a model"), QDir::homePath());
    if (!folder.isEmpty()) model_->setText(folder);
}

void OpenModelDialog::browseFile() {
    const QString file =
        QFileDialog::getOpenFileName(this,
                                     tr("File of a model"),
                                     QDir::homePath(),
                                     tr("Models (*.gguf *.safetensors);;All files (*)"));
    if (!file.isEmpty()) model_->setText(file);
}

void OpenModelDialog::expectPreview() {
    reader_.forget();  // what is under way is about another path
    open_->setEnabled(true);
    plan_->setEnabled(false);
    if (model_->text().trimmed().isEmpty()) {
        pause_.stop();
        summary_->showHint(tr("What the model is and whether it fits shows here before it loads."));
        return;
    }
    summary_->showHint(tr("Reading…"));
    pause_.start();
}

void OpenModelDialog::readPreview() {
    reader_.ask(model_->text().trimmed(), decoder_->currentData().toString());
}

void OpenModelDialog::showPreview(const ModelPreview& preview) {
    summary_->showPreview(preview);
    open_->setEnabled(!preview.summary || preview.summary->plan.fits);
    plan_->setEnabled(preview.summary.has_value());
}

void OpenModelDialog::planForMoreDevices() {
    auto* dialog = new RigPlanDialog(theme_, model_->text().trimmed(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void OpenModelDialog::choose(const QString& model) {
    if (model.trimmed().isEmpty()) return;
    accept();
    Q_EMIT modelChosen(model.trimmed(), decoder_->currentData().toString());
}

}  // namespace gatescope

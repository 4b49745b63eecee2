// File > Import conversations: which files, and what became of them.
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>

#include "engine/import/import_conversations.h"
#include "ui/chat/visible_text.h"
#include "ui/main_window_impl.h"
#include "ui/window/status_line.h"

namespace gatescope {

void MainWindow::importFiles(const QStringList& files) {
    if (files.isEmpty()) return;
    std::vector<std::filesystem::path> paths;
    for (const QString& file : files) paths.emplace_back(file.toStdString());
    impl_->status->showNote(
        tr("importing %1").arg(visibleLine(QFileInfo(files.front()).fileName())));
    impl_->bridge.run([&](ChatSession& session) {
        session.importFiles(paths,
                            [this](const ImportOutcome& outcome) { impl_->showImport(outcome); });
    });
}

void MainWindow::Impl::askForImports() {
    const QStringList files = QFileDialog::getOpenFileNames(
        &window,
        MainWindow::tr("Import conversations"),
        settings.lastFolder(),
        MainWindow::tr("Conversations (*.json *.jsonl *.zip *.chat *.gscope)") +
            QLatin1String(";;") + MainWindow::tr("All files (*)"));
    if (files.isEmpty()) return;
    settings.setLastFolder(QFileInfo(files.front()).path());
    window.importFiles(files);
}

/// A line in the status bar; what was left out or mended is a list to be read.
void MainWindow::Impl::showImport(const ImportOutcome& outcome) {
    const auto added = outcome.added.size();
    QString line = added == 1 ? MainWindow::tr("1 conversation imported")
                              : MainWindow::tr("%1 conversations imported").arg(added);
    if (outcome.alreadyThere > 0)
        line = MainWindow::tr("%1, %2 already there").arg(line).arg(outcome.alreadyThere);
    status->showNote(line);
    if (outcome.notes.empty()) return;
    QStringList notes;
    for (const std::string& note : outcome.notes)
        notes << visibleLine(QString::fromStdString(note));
    auto* box = new QMessageBox(
        QMessageBox::NoIcon, MainWindow::tr("Imported"), line, QMessageBox::Ok, &window);
    box->setObjectName(QStringLiteral("importNotes"));
    box->setTextFormat(Qt::PlainText);
    box->setInformativeText(notes.join(QLatin1Char('\n')));
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

}  // namespace gatescope

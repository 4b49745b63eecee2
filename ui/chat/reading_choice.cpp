#include "ui/chat/reading_choice.h"

#include <QSignalBlocker>
#include <array>

namespace gatescope {
namespace {

using Reading = ChatView::Reading;

constexpr std::array kReadings{Reading::Formatted, Reading::AsWritten, Reading::Tokens};

}  // namespace

ReadingChoice::ReadingChoice(ChatView& view, QWidget* parent) : QComboBox(parent) {
    setObjectName(QStringLiteral("readingChoice"));
    setAccessibleName(tr("Show replies"));
    setToolTip(
        tr("Show replies as they are read, with their marks as the model wrote them, or "
           "token by token with ids"));
    for (const QString& title : {tr("As read"), tr("As written"), tr("Token by token")})
        addItem(title);
    connect(this, &QComboBox::currentIndexChanged, &view, [&view](int index) {
        if (index >= 0) view.showAs(kReadings[static_cast<std::size_t>(index)]);
    });
    connect(&view, &ChatView::readingChanged, this, [this](Reading reading) {
        const QSignalBlocker blocker(this);
        setCurrentIndex(static_cast<int>(reading));
    });
}

void ReadingChoice::step() {
    setCurrentIndex((currentIndex() + 1) % count());
}

QString readingName(Reading reading) {
    switch (reading) {
        case Reading::Formatted:
            return QStringLiteral("formatted");
        case Reading::AsWritten:
            return QStringLiteral("written");
        case Reading::Tokens:
            break;
    }
    return QStringLiteral("tokens");
}

Reading readingNamed(const QString& name) {
    for (const Reading reading : kReadings)
        if (readingName(reading) == name) return reading;
    return Reading::Formatted;
}

}  // namespace gatescope

#include "ui/window/spoken_notices.h"

#include <QAccessibleWidget>
#include <QPointer>
#include <algorithm>

namespace gatescope {
namespace {

/// One sentence; its text never changes.
class NoticeAccessible : public QAccessibleInterface {
  public:
    NoticeAccessible(QWidget* host, QString sentence)
        : host_(host), sentence_(std::move(sentence)) {}

    bool isValid() const override { return !host_.isNull(); }
    QObject* object() const override { return nullptr; }
    QWindow* window() const override { return parent() ? parent()->window() : nullptr; }
    QAccessibleInterface* parent() const override {
        return QAccessible::queryAccessibleInterface(host_.data());
    }
    QAccessibleInterface* child(int /*index*/) const override { return nullptr; }
    QAccessibleInterface* childAt(int /*x*/, int /*y*/) const override { return nullptr; }
    int childCount() const override { return 0; }
    int indexOfChild(const QAccessibleInterface* /*child*/) const override { return -1; }
    QAccessible::Role role() const override { return QAccessible::Notification; }
    QRect rect() const override {
        return host_ ? QRect(host_->mapToGlobal(QPoint(0, 0)), host_->size()) : QRect();
    }
    QString text(QAccessible::Text which) const override {
        return which == QAccessible::Name ? sentence_ : QString();
    }
    void setText(QAccessible::Text /*which*/, const QString& /*text*/) override {}
    QAccessible::State state() const override {
        QAccessible::State state;
        state.readOnly = true;
        return state;
    }

  private:
    QPointer<QWidget> host_;
    QString sentence_;
};

class NoticesAccessible : public QAccessibleWidget {
  public:
    explicit NoticesAccessible(SpokenNotices* notices)
        : QAccessibleWidget(notices, QAccessible::Grouping) {}

    int childCount() const override { return static_cast<int>(ids().size()); }
    QAccessibleInterface* child(int index) const override {
        if (index < 0 || index >= childCount()) return nullptr;
        return QAccessible::accessibleInterface(ids()[static_cast<std::size_t>(index)]);
    }
    int indexOfChild(const QAccessibleInterface* wanted) const override {
        for (int i = 0; i < childCount(); ++i)
            if (child(i) == wanted) return i;
        return -1;
    }

  private:
    const std::deque<QAccessible::Id>& ids() const {
        return static_cast<const SpokenNotices*>(widget())->notices();
    }
};

QAccessibleInterface* makeNoticesAccessible(const QString& /*className*/, QObject* object) {
    auto* notices = qobject_cast<SpokenNotices*>(object);
    return notices == nullptr ? nullptr : new NoticesAccessible(notices);
}

void installNoticesFactory() {
    static const bool installed = [] {
        QAccessible::installFactory(makeNoticesAccessible);
        return true;
    }();
    Q_UNUSED(installed);
}

}  // namespace

SpokenNotices::SpokenNotices(QWidget* statusBar) : QWidget(statusBar) {
    installNoticesFactory();
    setObjectName(QStringLiteral("spokenNotices"));
    setAccessibleName(tr("What was said"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setFixedSize(0, 0);
}

SpokenNotices::~SpokenNotices() {
    for (const QAccessible::Id id : notices_) QAccessible::deleteAccessibleInterface(id);
}

void SpokenNotices::say(const QString& sentence) {
    const QString said = sentence.simplified();
    if (said.isEmpty() || !QAccessible::isActive()) return;
    auto* notice = new NoticeAccessible(this, said);  // QAccessible's cache owns it
    notices_.push_back(QAccessible::registerAccessibleInterface(notice));
    QAccessibleEvent appears(notice, QAccessible::ObjectShow);
    QAccessible::updateAccessibility(&appears);
    if (notices_.size() <= kMostNotices) return;
    QAccessible::deleteAccessibleInterface(notices_.front());
    notices_.pop_front();
}

}  // namespace gatescope

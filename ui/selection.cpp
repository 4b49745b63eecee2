#include "ui/selection.h"

namespace gatescope {

void Selection::selectToken(std::optional<int> index) {
    if (token_ == index) return;
    token_ = index;
    Q_EMIT tokenSelected(index);
}

void Selection::selectSite(std::optional<ExpertSite> site) {
    if (site_ == site) return;
    site_ = site;
    Q_EMIT siteSelected(site);
}

void Selection::clear() {
    selectToken(std::nullopt);
    selectSite(std::nullopt);
}

}  // namespace gatescope

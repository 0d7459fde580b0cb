// The worker's name of one peer path: a transport and what hangs on it. Given to layers that must tell paths apart
// without knowing what a path is.
#pragma once

#include "base/slab.h"

namespace consomme {

using PathHandle = Handle<struct Path>;

}  // namespace consomme

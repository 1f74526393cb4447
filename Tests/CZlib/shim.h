/* Makes the system's zlib a Swift module. */
#include <zlib.h>

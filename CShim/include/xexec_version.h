#ifndef XEXEC_VERSION_H
#define XEXEC_VERSION_H

/* The version of everything in this project, in this one place: see
   CHANGELOG.md. */
#define XEXEC_VERSION "0.9.0"

#endif

#ifndef XEXEC_DEPARTURE_H
#define XEXEC_DEPARTURE_H

/* From now on programs end with the process, also where Dovecot does not see to
   it: at SIGHUP, and when it exits at once since something is wrong (a clock
   that went back). Against SIGKILL there is xexec_spawn(). */
void xexec_departure_init(void);
void xexec_departure_deinit(void);

#endif

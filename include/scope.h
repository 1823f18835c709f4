/* Foreign objects that end with their scope: `scoped_xml_doc xmlDoc *doc = NULL;` */
#ifndef WECOM_SCOPE_H
#define WECOM_SCOPE_H

#define SCOPE_CLEANUP(name, type, destroy)                                                                   \
	static inline void scope_##name(type *object)                                                        \
	{                                                                                                    \
		if (*object != NULL)                                                                         \
			destroy(*object);                                                                    \
	}

#define scoped(name) __attribute__((cleanup(scope_##name)))

/* Hand the object over: the variable becomes NULL, its cleanup does nothing. */
#define steal(pointer)                                                                                       \
	({                                                                                                   \
		__typeof__(pointer) stolen_ = (pointer);                                                     \
		(pointer) = NULL;                                                                            \
		stolen_;                                                                                     \
	})

#endif

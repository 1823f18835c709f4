/*
 * Names of members.  A third party may not read them, so each is written as its id, and WeCom's own component (ww-open-data) replaces
 * the id by the name where it can: only when wecom-web says so (me.open_data), its signature was given and WeCom's script came.
 * Nothing waits for any of that.  Source: protocol 13.4, 13.5.
 */

import { element } from './dom.js';
import { get } from './server.js';

const SCRIPT = 'https://wwcdn.weixin.qq.com/node/wework/wwopen/js/wecom-jssdk-2.4.0.js';
const BATCH = 500; /* the component ignores what is beyond 1000 in 20 ms */
const PAUSE_MS = 50;

let ready = false;
let waiting = [];
let timer = 0;

/* A member as text; the id stays as the title. */
export function member(userid) {
	if (userid === null || userid === undefined || userid === '') return element('span.none', null, '–');
	const node = element('span.member', { title: userid }, String(userid));
	waiting.push(node);
	if (ready) bindSoon();
	return node;
}

function bindSoon() {
	if (timer) return;
	timer = setTimeout(() => {
		timer = 0;
		bind();
	}, PAUSE_MS);
}

function bind() {
	waiting = waiting.filter((node) => node.isConnected);
	const batch = waiting.splice(0, BATCH);
	const elements = batch.map((node) => {
		const open = element('ww-open-data', { type: 'userName', openid: node.title });
		node.replaceChildren(open);
		return open;
	});
	if (elements.length) window.WWOpenData.bindAll(elements);
	if (waiting.length) bindSoon();
}

function load(address) {
	return new Promise((done, failed) => {
		const script = document.createElement('script');
		script.src = address;
		script.referrerPolicy = 'origin';
		script.onload = done;
		script.onerror = () => failed(new Error('script'));
		document.head.append(script);
	});
}

/* Begin, once, after `me` is known.  Every failure means: ids. */
export async function offerNames(me) {
	if (!me.open_data) return;
	try {
		const signed = await get('jssdk', { url: location.href.split('#')[0] });
		await load(signed.script ?? SCRIPT);
		window.ww.register({
			corpId: signed.corpId,
			agentId: signed.agentId,
			jsApiList: [],
			getConfigSignature: () => signed.config,
			getAgentConfigSignature: () => signed.agentConfig,
		});
		await window.ww.initOpenData();
		if (!window.WWOpenData?.bindAll) return;
		ready = true;
		bindSoon();
	} catch {
		/* ids it is */
	}
}

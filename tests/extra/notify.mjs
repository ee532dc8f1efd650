// One run of the official client for Notify: what it did, as JSON. Arguments: base URL, key, JSON with the ids.
import {NotifyClient} from "notifications-node-client";

const [baseUrl, key, given] = process.argv.slice(2);
const {template, text, replyTo, unknown} = JSON.parse(given);
const client = new NotifyClient(baseUrl, key);
const refusal = (promise) =>
  promise.then(
    () => "accepted",
    (error) => ({status: error.response.status, body: error.response.data}),
  );

const personalisation = {reference: "P/1", "applicant name": ["Ada", "Ben"]};
const sent = await client.sendEmail(template, "applicant@permits.gov.uk", {
  personalisation,
  reference: "from Node",
  emailReplyToId: replyTo,
});
const texted = await client.sendSms(text, "07700 900 123", {personalisation: {date: "3 March"}});
const read = await client.getNotificationById(sent.data.id);
const listed = await client.getNotifications("email", undefined, "from Node");
const templates = await client.getAllTemplates("email");
const preview = await client.previewTemplateById(template, personalisation);

console.log(
  JSON.stringify({
    sent: sent.data,
    texted: texted.data,
    read: read.data,
    listed: listed.data.notifications.map((one) => one.id),
    templates: templates.data.templates.map((one) => one.name),
    template: (await client.getTemplateById(template)).data,
    preview: preview.data.body,
    missing: await refusal(client.sendEmail(template, "applicant@permits.gov.uk", {})),
    unknown: await refusal(client.getNotificationById(unknown)),
  }),
);

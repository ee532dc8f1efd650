// One run of the official client for Mailchimp: what it did, as JSON. Arguments: base URL, key, JSON with an audience.
import {createHash} from "node:crypto";
import mailchimp from "@mailchimp/mailchimp_marketing";

const [baseUrl, apiKey, given] = process.argv.slice(2);
mailchimp.setConfig({apiKey, server: apiKey.split("-")[1]});
mailchimp.basePath = baseUrl.replace(/\/$/, "");

const refusal = (promise) =>
  promise.then(
    () => "accepted",
    (error) => ({status: error.status, title: error.response.body.title}),
  );

const ping = await mailchimp.ping.get();
const made = await mailchimp.lists.createList(JSON.parse(given));
const address = "Anna@builders.gov.uk";
const hash = createHash("md5").update(address.toLowerCase()).digest("hex");
const member = await mailchimp.lists.setListMember(made.id, hash, {
  email_address: address,
  status_if_new: "subscribed",
  merge_fields: {FNAME: "Anna"},
});
const batch = await mailchimp.lists.batchListMembers(made.id, {
  members: [
    {email_address: "ben@builders.gov.uk", status: "subscribed"},
    {email_address: "no-one@example.com", status: "subscribed"},
  ],
});
const page = await mailchimp.lists.getListMembersInfo(made.id, {count: 1, offset: 1, fields: ["members.email_address", "total_items"]});
await mailchimp.lists.updateListMemberTags(made.id, hash, {tags: [{name: "trader", status: "active"}]});
const tags = await mailchimp.lists.getListMemberTags(made.id, hash);

const campaign = await mailchimp.campaigns.create({
  type: "regular",
  recipients: {list_id: made.id},
  settings: {subject_line: "News", title: "From Node", from_name: "Permits", reply_to: "permits@permits.gov.uk"},
});
await mailchimp.campaigns.setContent(campaign.id, {html: "<p>News</p>"});
const checklist = await mailchimp.campaigns.getSendChecklist(campaign.id);
await mailchimp.campaigns.send(campaign.id);
const sent = await mailchimp.campaigns.get(campaign.id);

const updated = await mailchimp.lists.updateListMember(made.id, hash, {status: "unsubscribed"});
await mailchimp.lists.deleteListMemberPermanent(made.id, hash);

console.log(
  JSON.stringify({
    ping,
    made: {id: made.id, name: made.name},
    member: {id: member.id, status: member.status},
    batch: {created: batch.total_created, errors: batch.error_count},
    page,
    tags: tags.tags.map((one) => one.name),
    isReady: checklist.is_ready,
    campaign: {id: sent.id, status: sent.status, emailsSent: sent.emails_sent},
    sentTwice: (await refusal(mailchimp.campaigns.send(campaign.id))).status,
    updated: updated.status,
    forgotten: await refusal(mailchimp.lists.addListMember(made.id, {email_address: address, status: "subscribed"})),
    absent: await refusal(mailchimp.lists.getList("0000000000")),
  }),
);

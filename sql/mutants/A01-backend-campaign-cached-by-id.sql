-- id: A01-backend-campaign-cached-by-id
-- channel: A01
-- scope: backend
-- doc: GET of a campaign is answered from a cache by its id
-- apply
mutant = campaign_cached_by_id

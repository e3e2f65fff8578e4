-- What a map may be narrowed to: the channels and stores that touchpoints came from.
SELECT
    arraySort(groupUniqArray(toString(channel))) AS channels,
    arraySort(groupUniqArray(100)(if(store_id = '', 'x', toString(store_id)))) AS stores
FROM touchpoints
WHERE tenant = {tenant:String}
